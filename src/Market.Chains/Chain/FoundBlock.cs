using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains;

/// <summary>What became of a mainchain block that a share's work was enough for. The names are stable.</summary>
public enum FoundFate
{
    /// <summary>It was offered, and the mainchain's node has not answered for it yet: it is offered again for an hour.</summary>
    Waiting,

    /// <summary>It is a block of the mainchain's best chain.</summary>
    Accepted,

    /// <summary>It is valid, and the mainchain had another block at its height before.</summary>
    Stale,

    /// <summary>It was a block of the best chain, and a reorganisation took it off.</summary>
    Orphaned,

    /// <summary>The mainchain's node refused it; the words are the node's.</summary>
    Refused,

    /// <summary>The mainchain's node here does not know it: it was not offered from here, or not answered for within an hour.
    /// </summary>
    Unknown,
}

/// <summary>A mainchain block that a share's work was enough for, and its fate.</summary>
/// <param name="Id">The mainchain block.</param>
/// <param name="Height">Its height on the mainchain.</param>
/// <param name="Share">The share whose work it is.</param>
/// <param name="ShareHeight">The share's height.</param>
/// <param name="IsWeak">True where that is a weak share, which is no block of the sharechain.</param>
/// <param name="Found">When it was first seen here, Unix seconds.</param>
/// <param name="Fate">What became of it so far.</param>
/// <param name="Since">Since when that is known, Unix seconds.</param>
/// <param name="Words">More of it for people, as the node's reason; empty where there is nothing to say.</param>
public sealed record FoundBlock(
    BlockId Id, int Height, ShareId Share, int ShareHeight, bool IsWeak, long Found, FoundFate Fate, long Since, string Words)
{
    /// <summary>Blocks that are remembered of a sharechain, the newest.</summary>
    public const int Most = 1_000;

    /// <summary>Characters of words that are kept of each.</summary>
    public const int MostWords = 300;

    /// <summary>The sentence of a log.</summary>
    public override string ToString() =>
        $"Bitcoin block {Id} at height {Height}, found by {(IsWeak ? "weak share" : "share")} {Share}: "
        + Fate switch
        {
            FoundFate.Waiting => "no answer yet",
            FoundFate.Accepted => "accepted",
            FoundFate.Stale => "stale",
            FoundFate.Orphaned => "orphaned",
            FoundFate.Refused => "refused",
            _ => "not known to the node here",
        }
        + (Words.Length == 0 ? "" : $" ({Words})");
}
