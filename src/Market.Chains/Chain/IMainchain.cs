using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains;

/// <summary>Bitcoin for a market, a miner and an agent: embedded, behind JSON-RPC, or followed over HTTP.</summary>
public interface IMainchain : IChain
{
    /// <summary>A header known, on the best chain or off it; null where unknown.</summary>
    ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default);

    /// <summary>The header at a height of the best chain; null above the tip.</summary>
    ValueTask<MainHeader?> GetHeaderAsync(int height, CancellationToken cancellation = default);

    /// <summary>A block known, whole; null where unknown.</summary>
    ValueTask<Block?> GetFullBlockAsync(BlockId id, CancellationToken cancellation = default);

    /// <summary>What a miner builds the next block from.</summary>
    ValueTask<MainTemplate> GetTemplateAsync(CancellationToken cancellation = default);

    /// <summary>Offers a block. A duplicate is one that the best chain has already; one that is known off it is a side chain's.
    /// </summary>
    ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default);
}

/// <summary>A mainchain header and its place.</summary>
/// <param name="Header">The 80 bytes.</param>
/// <param name="Height">Genesis is 0.</param>
/// <param name="MedianTimePast">Median time of the last 11 blocks including this one, Unix seconds.</param>
/// <param name="OnBestChain">False for a block off the best chain.</param>
public sealed record MainHeader(BlockHeader Header, int Height, uint MedianTimePast, bool OnBestChain);

/// <summary>What a miner builds the next mainchain block from.</summary>
/// <param name="Previous">The block to build on.</param>
/// <param name="Height">Of the block to be built.</param>
/// <param name="Version">Header version.</param>
/// <param name="Bits">The target required.</param>
/// <param name="Time">A good time for the header, Unix seconds.</param>
/// <param name="MinimumTime">The least time allowed.</param>
/// <param name="Subsidy">New coins at this height.</param>
/// <param name="CoinbaseValue">Subsidy and the fees of the transactions: what the coinbase may pay.</param>
/// <param name="Transactions">In order, coinbase not among them.</param>
/// <param name="WitnessCommitment">
/// The script of the coinbase output that commits to the witnesses, computed with a witness reserved value of zeros
/// (BIP141); null before segwit is active.
/// </param>
public sealed record MainTemplate(
    BlockId Previous,
    int Height,
    int Version,
    CompactTarget Bits,
    uint Time,
    uint MinimumTime,
    Amount Subsidy,
    Amount CoinbaseValue,
    ImmutableArray<Transaction> Transactions,
    Script? WitnessCommitment)
{
    /// <summary>What each transaction pays and costs, in the same order; empty where room is left for any coinbase.</summary>
    public ImmutableArray<MainTransactionCost> Costs { get; init; } = [];

    /// <summary>The same without the last transactions, as many as a coinbase leaves no room for: nodes leave room for a small one.
    /// What nothing behind it spends may go, and the coinbase hands out so much less.</summary>
    /// <param name="coinbase">The coinbase that the block would have.</param>
    public MainTemplate Within(Transaction coinbase)
    {
        var weight = coinbase.Weight + (4L * Block.BaseSizeOf(Transactions.Length + 1))
            + Transactions.Sum(transaction => (long)transaction.Weight);
        var sigOps = coinbase.Outputs.Sum(output => SigOps.WitnessScale * SigOps.Count(output.ScriptPubKey, accurate: false))
            + Costs.Sum(cost => cost.SigOps);
        var (left, value) = (Costs.Length, CoinbaseValue);
        for (; left > 0 && (weight > LedgerRules.BitcoinMaxWeight || sigOps > LedgerRules.BitcoinMaxSigOpCost); left--)
        {
            weight -= Transactions[left - 1].Weight;
            sigOps -= Costs[left - 1].SigOps;
            value -= Costs[left - 1].Fee;
        }

        return left == Costs.Length ? this : this with
        {
            CoinbaseValue = value,
            Transactions = Transactions[..left],
            Costs = Costs[..left],
            WitnessCommitment = WitnessCommitment is null ? null : BlockChecks.WitnessCommitmentScript(
                BlockChecks.WitnessCommitment([coinbase, .. Transactions[..left]], Hash256.Zero)),
        };
    }
}

/// <summary>What a transaction of a template pays and costs.</summary>
/// <param name="Fee">It is part of the coinbase's value.</param>
/// <param name="SigOps">Signature operations at their cost (BIP141).</param>
public readonly record struct MainTransactionCost(Amount Fee, int SigOps);
