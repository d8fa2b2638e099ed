namespace Market.Bitcoin;

/// <summary>Names a block and its place.</summary>
/// <param name="Id">The block's hash.</param>
/// <param name="Height">Genesis is 0.</param>
public readonly record struct BlockRef(Hash256 Id, int Height);

/// <summary>The best block.</summary>
/// <param name="Id">The block's hash.</param>
/// <param name="Height">Genesis is 0.</param>
/// <param name="Time">The header's own time, Unix seconds.</param>
/// <param name="MedianTimePast">
/// Median time of the last 11 blocks including this one, Unix seconds: what lock times of the next block are compared
/// with (BIP113).
/// </param>
public sealed record ChainHead(Hash256 Id, int Height, uint Time, uint MedianTimePast)
{
    /// <summary>Id and height.</summary>
    public BlockRef Ref => new(Id, Height);
}
