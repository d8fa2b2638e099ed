using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Orders;
using Market.Client.Wallets;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>Builds and signs what the core asks for: claims and refunds by the swap's secrets, locks and what replaces them from
/// the wallet's coins.</summary>
/// <param name="wallet">The coins.</param>
/// <param name="keys">The secrets of swaps.</param>
internal sealed class SwapMaker(Wallet wallet, ISwapKeys keys)
{
    /// <summary>Makes it; null, and why, where it cannot be made.</summary>
    /// <exception cref="ChainUnavailableException">A chain that must be asked for coins does not answer.</exception>
    public async Task<(MadeTransaction? Made, string? WhyNot)> MakeAsync(
        AgentSwap own, AgentAct.Make act, CancellationToken cancellation)
    {
        try
        {
            var made = act.Kind switch
            {
                OwnTransactionKind.Claim => SwapSpends.Make(
                    own, act, keys, own.Destination ?? wallet.NewScript(KindOf(own.Swap, act.Leg))),
                OwnTransactionKind.Refund => SwapSpends.Make(
                    own, act, keys, own.WayBack ?? wallet.NewScript(KindOf(own.Swap, act.Leg))),
                OwnTransactionKind.Funding => await WithLifeAsync(
                    act.Replaces is null
                        ? await FundAsync(own, act, cancellation).ConfigureAwait(false)
                        : await ReplaceAsync(own, act, cancellation).ConfigureAwait(false),
                    wallet.On(KindOf(own.Swap, act.Leg)), cancellation).ConfigureAwait(false),
                OwnTransactionKind.Conflict => await ConflictAsync(own, act, cancellation).ConfigureAwait(false),
                _ => Child(own, act),
            };
            return (made, made is null ? WhyNot(act) : null);
        }
        catch (Exception e) when (e is InsufficientFundsException or SeveralSeriesException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>The chain of a leg.</summary>
    public static ChainKind KindOf(Swap swap, Role leg) =>
        swap.ChainOf(leg) == SwapChain.Share ? ChainKind.Sharechain : ChainKind.Mainchain;

    private static string WhyNot(AgentAct.Make act) => act.Kind switch
    {
        OwnTransactionKind.Claim or OwnTransactionKind.Refund => "What is locked is worth less than the fee to take it.",
        OwnTransactionKind.Funding => "The lock waits, and a higher fee is not to be had or not worth it.",
        OwnTransactionKind.Conflict => "The late lock's coins are worth less than the fee to take them back: it is tried again.",
        _ => "The waiting lock's change does not pay for it.",
    };

    // Coins in blocks only: a lock on unconfirmed change would fall with the transaction below it, and stand in the way of
    // conflicting that.
    private async Task<MadeTransaction?> FundAsync(AgentSwap own, AgentAct.Make act, CancellationToken cancellation)
    {
        var made = await wallet.BuildAsync(
            KindOf(own.Swap, act.Leg), act.Outputs, act.Rate, PurposeOf(own), WalletUse.Lock, cancellation,
            TradedInstrument.SeriesOf(own.Instrument, KindOf(own.Swap, act.Leg))).ConfigureAwait(false);
        return Of(made);
    }

    private async Task<MadeTransaction?> ReplaceAsync(AgentSwap own, AgentAct.Make act, CancellationToken cancellation)
    {
        var (chain, before) = (KindOf(own.Swap, act.Leg), await AsMadeAsync(own, act, cancellation).ConfigureAwait(false));
        if (before is null)
        {
            return null;
        }

        var dearer = await new WalletReplacer(wallet).ReplaceAsync(
            chain, before, act.Outputs.Length, act.LeastFee, act.Rate, PurposeOf(own), cancellation).ConfigureAwait(false);
        return dearer is null || dearer.Fee > act.MostFee ? null : Of(dearer);
    }

    private async Task<MadeTransaction?> ConflictAsync(AgentSwap own, AgentAct.Make act, CancellationToken cancellation)
    {
        var (chain, before) = (KindOf(own.Swap, act.Leg), await AsMadeAsync(own, act, cancellation).ConfigureAwait(false));
        if (before is null)
        {
            return null;
        }

        var back = new WalletReplacer(wallet).TakeBack(
            chain, before, act.LeastFee, own.WayBack ?? wallet.NewScript(chain), act.Rate);
        return back is null || back.Fee > act.MostFee ? null : Of(back);
    }

    private MadeTransaction? Child(AgentSwap own, AgentAct.Make act)
    {
        var (chain, parent) = (KindOf(own.Swap, act.Leg), act.Replaces!);
        var child = new WalletReplacer(wallet).PayFor(
            chain, parent.Transaction, parent.Fee, act.Outputs.Length, act.LeastFee, act.Rate);
        return child is null || child.Fee > act.MostFee ? null : Of(child);
    }

    /// <summary>A lock with the coins that it spends; asked of the chain where the journal does not know them (after a restore).
    /// </summary>
    private async Task<WalletTransaction?> AsMadeAsync(AgentSwap own, AgentAct.Make act, CancellationToken cancellation)
    {
        var known = act.Replaces!;
        if (known.Spends.Length > 0)
        {
            return new WalletTransaction(
                known.Transaction,
                [.. known.Spends.Select(coin => new SpendableCoin(coin.OutPoint, new TxOut(coin.Value, coin.Script)))]);
        }

        var chain = wallet.On(KindOf(own.Swap, act.Leg));
        var coins = ImmutableArray.CreateBuilder<SpendableCoin>();
        foreach (var input in known.Transaction.Inputs)
        {
            var before = await chain.FindTransactionAsync(input.PreviousOutput.TxId, cancellation).ConfigureAwait(false);
            if (before is null || input.PreviousOutput.Index >= before.Transaction.Outputs.Length)
            {
                return null;
            }

            coins.Add(new SpendableCoin(input.PreviousOutput, before.Transaction.Outputs[(int)input.PreviousOutput.Index]));
        }

        return new WalletTransaction(known.Transaction, coins.ToImmutable());
    }

    private static async Task<MadeTransaction?> WithLifeAsync(MadeTransaction? made, IChain chain, CancellationToken cancellation)
    {
        if (made is null || ShareLives.Of(chain) is not { } shares)
        {
            return made;
        }

        (long Lasts, int Root)? least = null;
        foreach (var coin in made.Spends)
        {
            if (await shares.OfAsync(coin.OutPoint, cancellation).ConfigureAwait(false) is not { } life)
            {
                return made;
            }

            least = (
                Math.Min(least?.Lasts ?? long.MaxValue, life.SureSeconds), Math.Min(least?.Root ?? int.MaxValue, life.Root));
        }

        return made with
        {
            Lasts = least?.Lasts,
            Root = least?.Root,
        };
    }

    private static MadeTransaction Of(WalletTransaction made) => new(
        made.Transaction, [.. made.Coins.Select(coin => new SpentCoin(coin.OutPoint, coin.Output.Value,
            coin.Output.ScriptPubKey))]);

    private static string? PurposeOf(AgentSwap own) =>
        own.ClientOrderId is { } order ? OrderCoins.PurposeOf(order, own.DrawsOnProved) : null;
}
