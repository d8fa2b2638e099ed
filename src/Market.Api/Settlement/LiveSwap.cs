using Market.Api.Data;
using Market.Swaps;

namespace Market.Api.Settlement;

/// <summary>A swap that is driven: its row, and the state that was written last.</summary>
internal sealed class LiveSwap(SwapRow row, Swap swap)
{
    public SwapRow Row { get; } = row;

    public Swap Swap { get; set; } = swap;

    /// <summary>True once both chains are watched for it.</summary>
    public bool Watched { get; set; }
}
