namespace Market.Chains.P2PoolV2;

/// <summary>A p2poolv2 node could not be read.</summary>
/// <param name="trouble">What is wrong.</param>
/// <param name="words">A sentence of our own for anybody to read: no address, and nothing that the node said.</param>
/// <param name="address">Where the node is, for the log of whoever reads it.</param>
/// <param name="inner">What brought it about.</param>
public sealed class P2PoolException(P2PoolTrouble trouble, string words, Uri? address = null, Exception? inner = null)
    : ChainUnavailableException(
        address is null ? words : $"The p2poolv2 node at {address}: {words}{(inner is null ? "" : $" ({inner.Message})")}", inner)
{
    /// <summary>What is wrong.</summary>
    public P2PoolTrouble Trouble { get; } = trouble;

    /// <summary>A sentence for anybody to read.</summary>
    public string Words { get; } = words;

    /// <summary>The same, with the node's address for the log.</summary>
    public P2PoolException At(Uri address) => new(Trouble, Words, address, InnerException);
}
