using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// Where a window begins: with the newest blocks whose summed work, their uncles' included, first reaches a multiple of the
/// mainchain's, at most so many blocks. It never goes down, so that what expired stays so.
/// </summary>
public static class WindowStart
{
    /// <summary>The lowest height of the window of the block after one; an output of a lower root height is expired.</summary>
    /// <param name="window">The row's window.</param>
    /// <param name="parent">The block's parent.</param>
    /// <param name="mainBits">Bits of the mainchain header that proves the block.</param>
    /// <param name="work">The block's own work and its uncles'.</param>
    public static int After(
        PayoutDesign.Window window, BlockNode<ShareId, ShareInfo> parent, CompactTarget mainBits, U256 work)
    {
        var height = parent.Height + 1;
        var lowest = Math.Max(1, height - window.MostBlocks + 1);
        var wanted = mainBits.Work().ToBigInteger() * window.Multiplier;
        var total = (parent.ChainWork + work).ToBigInteger();

        // The highest from which on the work is enough; the block itself, or one below it.
        var (low, high) = (lowest, height);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (total - parent.Ancestor(middle - 1)!.ChainWork.ToBigInteger() >= wanted)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return Math.Max(parent.Item.WindowStart, low);
    }
}
