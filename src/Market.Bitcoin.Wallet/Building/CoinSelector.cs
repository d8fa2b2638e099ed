using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>An unspent output that a wallet can sign for.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Output">Amount and script (P2WPKH, P2TR key path or P2PKH).</param>
public readonly record struct SpendableCoin(OutPoint OutPoint, TxOut Output);

/// <summary>Which coins pay for some outputs, at which fee, with how much change.</summary>
/// <param name="Coins">The coins to spend, in the order of the inputs.</param>
/// <param name="Fee">What the miners get.</param>
/// <param name="Change">What goes back; nought where it would be dust, which is then part of the fee.</param>
public sealed record CoinSelection(ImmutableArray<SpendableCoin> Coins, Amount Fee, Amount Change);

/// <summary>Chooses coins: exact where a single coin or a few largest fit, deterministic, bounded.</summary>
public static class CoinSelector
{
    /// <summary>More coins than this are never spent at once: the transaction would outgrow what is relayed.</summary>
    public const int MaxInputs = 500;

    /// <summary>
    /// Takes the smallest single coin that pays for everything; else the largest coins one after the other until they
    /// do.
    /// Spending few inputs keeps the fee low, and the smallest sufficient coin keeps large ones whole for later swaps.
    /// </summary>
    /// <param name="coins">What may be spent.</param>
    /// <param name="outputs">What is to be paid.</param>
    /// <param name="change">The script that change goes to.</param>
    /// <param name="rate">The feerate.</param>
    /// <returns>Null where the coins do not suffice.</returns>
    public static CoinSelection? Select(
        IEnumerable<SpendableCoin> coins, IReadOnlyCollection<TxOut> outputs, Script change, FeeRate rate)
    {
        var sorted = coins.OrderBy(coin => coin.Output.Value).ThenBy(coin => coin.OutPoint).ToList();
        foreach (var coin in sorted)
        {
            if (TryFinish([coin], outputs, change, rate) is { } single)
            {
                return single;
            }
        }

        var chosen = ImmutableArray.CreateBuilder<SpendableCoin>();
        for (var i = sorted.Count - 1; i >= 0 && chosen.Count < MaxInputs; i--)
        {
            chosen.Add(sorted[i]);
            if (chosen.Count > 1 && TryFinish(chosen.ToImmutable(), outputs, change, rate) is { } selection)
            {
                return selection;
            }
        }

        return null;
    }

    /// <summary>Spends exactly these coins, all of them.</summary>
    /// <returns>Null where they do not suffice.</returns>
    public static CoinSelection? TryFinish(
        ImmutableArray<SpendableCoin> coins, IReadOnlyCollection<TxOut> outputs, Script change, FeeRate rate)
    {
        long available = 0;
        long wanted = 0;
        foreach (var coin in coins)
        {
            available = checked(available + coin.Output.Value.Sats);
        }

        foreach (var output in outputs)
        {
            wanted = checked(wanted + output.Value.Sats);
        }

        var withChange = TxSizes.VirtualSize(coins.Select(coin => coin.Output.ScriptPubKey), outputs, change);
        var rest = available - wanted - rate.FeeFor(withChange).Sats;
        if (rest >= Dust.Threshold(change).Sats)
        {
            return new CoinSelection(coins, rate.FeeFor(withChange), new Amount(rest));
        }

        var without = TxSizes.VirtualSize(coins.Select(coin => coin.Output.ScriptPubKey), outputs, null);
        var fee = available - wanted;
        return fee >= rate.FeeFor(without).Sats ? new CoinSelection(coins, new Amount(fee), Amount.Zero) : null;
    }
}
