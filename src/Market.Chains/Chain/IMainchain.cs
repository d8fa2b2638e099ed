using System.Collections.Immutable;
using Market.Bitcoin;

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

    /// <summary>Offers a block.</summary>
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
    Script? WitnessCommitment);
