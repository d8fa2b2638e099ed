using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;

namespace Market.Api.Features.Dev;

/// <summary>
/// Gives away what a devnet has: bitcoin that the simulated rest of the network mined to a key of the faucet's own, and shares
/// that it mines for whoever asks. On a devnet both are worth nothing; elsewhere there is no faucet.
/// </summary>
public sealed class Faucet(FaucetKey key, IMainchain main) : IDisposable
{
    /// <summary>What is paid in bitcoin.</summary>
    public static Amount Payment { get; } = new(1 * Amount.Coin);

    private const int TargetBlocks = 2;

    // A key's input, a payment and the change: P2WPKH throughout, and some to spare for longer scripts.
    private const int VirtualSize = 170;

    // One after another: two payments of one moment would spend the same coin.
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Pays a script.</summary>
    /// <param name="shares">In shares of which chain; null in bitcoin.</param>
    /// <param name="script">Whom.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<Result<FaucetPayment>> PayAsync(ISharechain? shares, Script script, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            return shares is null ? await SendAsync(script, cancel) : await MineAsync(shares, script, cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<Result<FaucetPayment>> SendAsync(Script script, CancellationToken cancel)
    {
        var rate = await main.EstimateFeeAsync(TargetBlocks, cancel);
        var fee = rate.FeeFor(VirtualSize);
        var coins = await main.GetCoinsAsync(key.Script, cancel);
        var coin = coins.Where(c => c.IsSpendable(main.CoinbaseMaturity)).MaxBy(c => c.Output.Value.Sats);
        if (coin is null || coin.Output.Value.Sats < Payment.Sats + fee.Sats)
            return new Refusal(ProblemCodes.Unavailable, "The faucet has no mature coins: more come with each block.");
        var left = new Amount(coin.Output.Value.Sats - Payment.Sats - fee.Sats);
        var sent = await main.BroadcastAsync(
            key.Sign(coin.OutPoint, coin.Output, [new TxOut(Payment, script), new TxOut(left, key.Script)]), cancel);
        return sent.IsSuccess
            ? Paid(ChainName.Mainchain, new OutPoint(sent.TxId, 0), Payment, false)
            : new Refusal(ProblemCodes.Unavailable, $"The payment was not taken: {sent.Code} {sent.Detail}");
    }

    // The share pays whoever asked; those on top of it make it mature.
    private async Task<Result<FaucetPayment>> MineAsync(ISharechain shares, Script script, CancellationToken cancel)
    {
        FaucetPayment? paid = null;
        for (var left = 1 + shares.CoinbaseMaturity; left > 0;)
        {
            var template = await shares.GetTemplateAsync(paid is null ? script : FaucetKey.Nobody, cancel);
            var share = await Task.Run(() => ShareSolver.Solve(template, cancel), cancel);
            if (share is null) continue;
            var result = await shares.SubmitShareAsync(share, cancel);
            if (result.Code == SubmitCode.Refused)
                return new Refusal(ProblemCodes.Unavailable, $"The share was not taken: {result.Refusal} {result.Detail}");
            // Another miner was first: the next one is built on that.
            if (result.Code != SubmitCode.Accepted) continue;
            left--;
            var output = share.Transactions[0];
            paid ??= Paid(ChainName.Sharechain, new OutPoint(output.Id, 0), output.Outputs[0].Value, true);
        }
        return paid!;
    }

    private static FaucetPayment Paid(ChainName chain, OutPoint outpoint, Amount amount, bool confirmed) => new()
    {
        Chain = chain,
        Outpoint = outpoint.ToString(),
        Amount = new Sats(amount.Sats),
        Confirmed = confirmed,
    };
}
