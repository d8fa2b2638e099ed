using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Sharechain;

namespace Market.Chains.Mining;

/// <summary>What people do on a devnet that is watched: its miners pay each other, and one registers Bitcoin blocks that lost.
/// Where shares do not change hands nobody is paid, and the sharebases carry what is registered.</summary>
/// <param name="node">The sharechain.</param>
/// <param name="main">The mainchain below.</param>
/// <param name="keys">Two or more keys; their P2WPKH scripts are mined to.</param>
internal sealed class RowTraffic(ShareNode node, EmbeddedMainchain main, IReadOnlyList<PrivateKey> keys)
{
    private const int PaymentEvery = 5;
    private const int LateEvery = 40;
    private const long Fee = 1_000;
    private const int Version = 0x20000000;

    private int _payments;
    private int _works;
    private int _paidAt;
    private int _lateAt;

    /// <summary>The script that a key's owner mines to.</summary>
    public static Script ScriptOf(PrivateKey key) => Script.P2wpkh(key.PublicKey);

    /// <summary>Does what is due at a height; what cannot be done yet, or the chain does not take, is due still.</summary>
    public async Task StepAsync(int height, CancellationToken cancellation)
    {
        if (height >= _paidAt + PaymentEvery && node.Profile.IsTransferable && await PayAsync(cancellation).ConfigureAwait(false))
        {
            _paidAt = height;
        }

        if (height >= _lateAt + LateEvery && await RegisterAsync(cancellation).ConfigureAwait(false))
        {
            _lateAt = height;
        }
    }

    // Half of a coin; of whole shares two, and a third is the fee. False where there was nothing to pay with, or it was not taken.
    private async Task<bool> PayAsync(CancellationToken cancellation)
    {
        var (from, to) = (keys[_payments % keys.Count], keys[++_payments % keys.Count]);
        var whole = node.Profile.WholeOutput;
        var coins = await MatureAsync(from, whole is null ? 1 : 3, cancellation).ConfigureAwait(false);
        if (coins.IsEmpty)
        {
            return false;
        }

        var half = new Amount(coins[0].Output.Value.Sats / 2);
        ImmutableArray<TxOut> outputs = whole is { } each
            ? [new TxOut(each, ScriptOf(to)), new TxOut(each, ScriptOf(to))]
            : [new TxOut(half, ScriptOf(to)), new TxOut(coins[0].Output.Value - half - new Amount(Fee), ScriptOf(from))];
        return (await node.BroadcastAsync(Signed(from, coins, outputs), cancellation).ConfigureAwait(false)).IsSuccess;
    }

    private async Task<bool> RegisterAsync(CancellationToken cancellation)
    {
        if (await LostAsync(cancellation).ConfigureAwait(false) is not { } late)
        {
            return false;
        }

        var key = keys[_works++ % keys.Count];
        if (node.Profile is { IsTransferable: false } or { WholeOutput: not null })
        {
            var standing = await node.CarryLateAsync(late, cancellation).ConfigureAwait(false);
            return standing is { Refusal: LateRefusal.None };
        }

        var coins = await MatureAsync(key, 1, cancellation).ConfigureAwait(false);
        if (coins.IsEmpty)
        {
            return false;
        }

        var notes = late.ToOutputs();
        var left = coins[0].Output.Value - new Amount(Fee);
        var signed = Signed(key, coins, [new TxOut(left, ScriptOf(key)), .. notes]);
        return (await node.BroadcastAsync(signed, cancellation).ConfigureAwait(false)).IsSuccess;
    }

    // A block beside the mainchain's of a height whose race is over, with work of what the row asks for.
    private async Task<LateRegistration?> LostAsync(CancellationToken cancellation)
    {
        var rule = node.Profile.Late!;
        var tip = await main.GetTipAsync(cancellation).ConfigureAwait(false);
        var height = tip.Height - rule.Race - 1;
        if (await main.GetHeaderAsync(height - 1, cancellation).ConfigureAwait(false) is not { } below
            || await main.GetHeaderAsync(height, cancellation).ConfigureAwait(false) is not { } won)
        {
            return null;
        }

        var key = keys[_works % keys.Count];
        byte[] number = [.. CoinbaseHeight.Push(height), 4, .. BitConverter.GetBytes(_works)];
        var coinbase = new Transaction(
            2, [new TxIn(OutPoint.Null, new Script(number), TxIn.FinalSequence)],
            [
                new TxOut(new Amount(Amount.Coin), ScriptOf(key)),
                LateRegistration.KeyOutput(new Hash256(key.PublicKey.XOnly.Span)),
            ],
            0);
        var header = new BlockHeader(
            Version, below.Header.Id, coinbase.Id.Value, below.MedianTimePast + 1, won.Header.Bits, 0);
        _ = won.Header.Bits.TryExpand(out var target);
        var easy = U256.FromBigInteger(target.ToBigInteger() * rule.Ease);
        return HeaderSolver.Solve(header, easy, cancellation) is { } solved ? new LateRegistration(solved, coinbase, []) : null;
    }

    private async Task<ImmutableArray<UnspentOutput>> MatureAsync(PrivateKey key, int count, CancellationToken cancellation)
    {
        var coins = await node.GetCoinsAsync(ScriptOf(key), cancellation).ConfigureAwait(false);
        ImmutableArray<UnspentOutput> mature =
            [.. coins.Where(coin => coin.IsSpendable(node.CoinbaseMaturity) && coin.Confirmations > 0).Take(count)];
        return mature.Length == count ? mature : [];
    }

    private static Transaction Signed(PrivateKey key, ImmutableArray<UnspentOutput> coins, ImmutableArray<TxOut> outputs)
    {
        var unsigned = new Transaction(
            2, [.. coins.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence))], outputs, 0);
        var precomputed = new PrecomputedTransaction(unsigned, [.. coins.Select(coin => coin.Output)]);
        var inputs = unsigned.Inputs.Select((input, i) => input with
        {
            Witness = new Witness(
                key.SignEcdsa(precomputed.P2wpkhSighash(i, key.PublicKey.Hash160)).ToScriptItem(),
                key.PublicKey.Span.ToArray()),
        });
        return new Transaction(2, [.. inputs], outputs, 0);
    }
}
