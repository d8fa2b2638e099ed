using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>What the sharechain needs to know of a mainchain block.</summary>
/// <param name="Id">The block.</param>
/// <param name="Height">Its height.</param>
/// <param name="NextBits">The bits that the mainchain requires of a block on top of it.</param>
/// <param name="MedianTimePast">Median time of the last 11 blocks including this one, Unix seconds.</param>
public sealed record MainchainPoint(BlockId Id, int Height, CompactTarget NextBits, uint MedianTimePast);

/// <summary>What the sharechain asks of the mainchain. Answers come from memory: no waiting.</summary>
public interface IMainchainView
{
    /// <summary>A known header, on the best chain or off it; null where it is not known (yet).</summary>
    MainchainPoint? Find(BlockId id);

    /// <summary>The ancestor of a known header at a height, itself included; null where it is not known (yet).</summary>
    /// <param name="from">The header.</param>
    /// <param name="height">At most its height.</param>
    BlockId? Ancestor(BlockId from, int height) => null;

    /// <summary>New satoshis at a height.</summary>
    Amount Subsidy(int height);
}
