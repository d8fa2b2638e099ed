using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Engine;

public abstract partial class ChainNode<TBlock>
{
    /// <summary>Unconfirmed transactions for the next block: dearest packages first, parents before children.</summary>
    private protected ImmutableArray<Transaction> Choose(
        in BlockContext context, LedgerRules rules, int reservedWeight, int reservedSigOps, int most, out Amount fees)
    {
        var overlay = new CoinOverlay(_core.Coins);
        var weight = reservedWeight + 4 * context.BaseSize;
        var sigOps = reservedSigOps;
        var chosen = ImmutableArray.CreateBuilder<Transaction>();
        fees = Amount.Zero;
        foreach (var (transaction, _, _) in _mempool.Copy().ByPackage())
        {
            if (chosen.Count >= most)
            {
                break;
            }

            if (weight + transaction.Weight > rules.MaxWeight
                || !TransactionAcceptance.CheckSpending(transaction, overlay, context, rules, out var accepted).IsOk
                || sigOps + accepted!.SigOpCost > rules.MaxSigOpCost)
            {
                continue;
            }

            overlay.Apply(transaction, context);
            chosen.Add(transaction);
            weight += transaction.Weight;
            sigOps += accepted.SigOpCost;
            fees += accepted.Fee;
        }

        return chosen.ToImmutable();
    }

    /// <summary>The dearest unconfirmed transactions, by package, parents before children. Sorted outside of the gate.</summary>
    /// <param name="virtualBytes">How much of them, as the mempool reckons their size.</param>
    /// <param name="least">The feerate of a package below which it is left out.</param>
    private protected ImmutableArray<Transaction> Dearest(long virtualBytes, FeeRate least)
    {
        var chosen = ImmutableArray.CreateBuilder<Transaction>();
        foreach (var (transaction, size, rate) in Read(_ => _mempool.Copy()).ByPackage())
        {
            if (virtualBytes <= 0 || rate.CompareTo(least) < 0)
            {
                break;
            }

            chosen.Add(transaction);
            virtualBytes -= size;
        }

        return chosen.ToImmutable();
    }
}
