using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Contracts;
using Engine = Market.Trading;

namespace Market.Api.Trading;

/// <summary>Checks the coins an order names: on their chain, spendable, signed for by their address, and enough.</summary>
public sealed class BackingCheck(IOutpointSource source)
{
    /// <summary>The coins, or why they do not do.</summary>
    /// <param name="order">The order.</param>
    /// <param name="side">Its side.</param>
    /// <param name="text">The order's text, UTF-8, which the address of each coin signed.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<IReadOnlyList<Backing>>> RunAsync(
        PlaceOrder order, Engine.Side side, byte[] text, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        var chain = BackingRules.ChainOf(side);
        var coins = new List<Backing>(order.Outpoints.Count);
        var worth = 0L;
        try
        {
            foreach (var proof in order.Outpoints)
            {
                if (!OutPoint.TryParse(proof.Outpoint, out var outPoint))
                    return Refusal.Invalid("outpoints", $"'{proof.Outpoint}' is not txid:index.");
                var coin = await source.FindAsync(chain, outPoint, cancel);
                if (Refuse(coin, proof, chain, text) is { } refusal) return refusal;
                coins.Add(new Backing(chain, outPoint, coin!.Output.Value.Sats, coin.Output.ScriptPubKey));
                worth = checked(worth + coin.Output.Value.Sats);
            }
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
        var needs = checked(BackingRules.Gives(side, order.Price.Sats, order.Quantity.Units)
            + BackingRules.FundingFee(side, coins.Count));
        return worth >= needs
            ? coins
            : new Refusal(ProblemCodes.InsufficientOutpoints,
                $"The outpoints hold {worth}, the order needs {needs} with the least fee of funding it.");
    }

    private Refusal? Refuse(UnspentOutput? coin, OutpointProof proof, ChainKind chain, byte[] text)
    {
        if (coin is null)
            return new Refusal(ProblemCodes.OutpointUnavailable, $"{proof.Outpoint} is unknown on its chain, or spent.");
        if (coin.Confirmations < 1)
            return new Refusal(ProblemCodes.OutpointUnavailable, $"{proof.Outpoint} is not confirmed.");
        var maturity = source.CoinbaseMaturity(chain);
        if (!coin.IsSpendable(maturity))
        {
            return new Refusal(ProblemCodes.OutpointUnavailable,
                $"{proof.Outpoint} has {coin.Confirmations} of {maturity} confirmations until it can be spent.");
        }
        return Bip322.Verify(text, coin.Output.ScriptPubKey, proof.Signature) switch
        {
            { IsValid: true } => null,
            { Error: Bip322Error.AddressKind } => new Refusal(ProblemCodes.OutpointNotOwned,
                $"{proof.Outpoint} pays to a kind of address that cannot sign: use P2WPKH, P2WSH or P2TR."),
            var wrong => new Refusal(ProblemCodes.OutpointNotOwned,
                $"The signature for {proof.Outpoint} is wrong ({wrong.Error}): its address signs the order's text (BIP322)."),
        };
    }
}
