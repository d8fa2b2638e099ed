using System.Numerics;
using System.Runtime.InteropServices;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>How long outputs of one root height may still be spent, as seen from a tip.</summary>
/// <param name="Root">The root height.</param>
/// <param name="Height">The tip's height.</param>
/// <param name="WindowStart">Where the window begins after the tip: outputs of a lower root height are expired.</param>
/// <param name="BlocksLeft">
/// Blocks on top of the tip that may spend such an output, 0 where it is expired: as many as come before the window's work, or
/// its greatest length, has passed it, if each is worth what the newest were and the mainchain's difficulty stays. Blocks that are
/// worth more take more of it away, so a hashrate that doubles halves the time.
/// </param>
/// <param name="SureLeft">
/// Blocks that may spend it also where the mainchain's difficulty falls by <see cref="FallPercent"/> at once, and with it the
/// whole window's work: what the window loses of its work it loses at its old end, where this output may be. Where the greatest
/// length passes the output first, a fall takes nothing away.
/// </param>
/// <param name="Spacing">Seconds from block to block that are reckoned with: those that the chain aims at or, where blocks come
/// faster by more than the error of what is measured, those between its newest ones.</param>
public readonly record struct ShareLife(int Root, int Height, int WindowStart, int BlocksLeft, int SureLeft, double Spacing)
{
    /// <summary>
    /// The hashrate that is reckoned with, in times of the present one: whatever must be over before shares expire is given so many
    /// times the blocks that it takes. A window is one of work, so a growing hashrate shortens it however difficulty follows.
    /// </summary>
    public const int Surge = 2;

    /// <summary>
    /// The fall of the mainchain's difficulty that is reckoned with, in parts of a hundred: more than at any retarget of
    /// Bitcoin's so far (28 on 3 July 2021). The rules allow 75 at one.
    /// </summary>
    public const int FallPercent = 30;

    private const int All = 100;

    // Few enough to be of the present difficulty, and enough for uncles to be counted as they come.
    private const int Recent = 24;

    // Enough for a burst of uncles, or of dearer blocks, to weigh little.
    private const int Many = 480;

    // 120 intervals, and the five blocks on either side that tell the first one's time and the last one's; a gap of so many
    // spacings is a night in which nobody mined.
    private const int Newest = 131;
    private const int Beside = 5;
    private const int LongestGap = 60;

    // As many as are asked for before a pace is believed.
    private const int LeastIntervals = 10;

    /// <summary>True where such an output is gone.</summary>
    public bool IsExpired => Root < WindowStart;

    /// <summary>Blocks of the present hashrate that surely come before the output expires: also at one that is <see cref="Surge"/>
    /// times as high, after a fall by <see cref="FallPercent"/>.</summary>
    public int SureBlocks => Math.Max(0, SureLeft - 1) / Surge;

    /// <summary>
    /// <see cref="SureLeft"/> at the work of the newest hundreds of blocks, where those are worth less than the newest: a burst, as
    /// of blocks that are mined as uncles, moves it little, and one that has passed takes nothing of what is sure. Nobody locks by
    /// it; it tells what would be so again once a burst has passed.
    /// </summary>
    public int SteadyLeft { get; init; }

    /// <summary><see cref="SureBlocks"/> without a burst.</summary>
    public int SteadyBlocks => Math.Max(0, SteadyLeft - 1) / Surge;

    /// <summary>Seconds for which the output can surely be spent.</summary>
    public long SureSeconds => (long)(SureBlocks * Spacing);

    /// <summary>Blocks that come within so many seconds.</summary>
    /// <param name="seconds">At least 0.</param>
    /// <param name="spacing">Seconds from block to block, above 0: the target's or, where they come faster, as measured.</param>
    public static int BlocksIn(long seconds, double spacing)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seconds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spacing);
        return (int)Math.Min(int.MaxValue, Math.Ceiling(seconds / spacing));
    }

    /// <summary>The life of a root height; one above the tip's is that of a block to come.</summary>
    /// <param name="profile">The row.</param>
    /// <param name="tip">The tip.</param>
    /// <param name="root">The root height, at least 1.</param>
    /// <exception cref="NotSupportedException">The row's shares never expire.</exception>
    public static ShareLife Of(SharechainProfile profile, BlockNode<ShareId, ShareInfo> tip, int root)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(tip);
        ArgumentOutOfRangeException.ThrowIfLessThan(root, 1);
        var window = profile.Window ?? throw new NotSupportedException($"Shares of {profile.Name} never expire.");
        var (start, spacing) = (tip.Item.WindowStart, SpacingOf(profile, tip));
        if (root < start)
        {
            return new ShareLife(root, tip.Height, start, 0, 0, spacing);
        }

        // One of genesis alone has no mainchain header to tell the window's work: its length is all that is known.
        var (above, begun) = (Math.Max(0, root - tip.Height), Math.Min(root, tip.Height));
        var byLength = (long)begun + window.MostBlocks - tip.Height;
        int Left(int percent, int newest = Recent) => (int)Math.Min(
            int.MaxValue,
            above + Math.Max(0, tip.Height == 0 ? byLength : Math.Min(byLength, ByWork(window, tip, begun, percent, newest))));
        var sure = Left(All - FallPercent);
        return new ShareLife(root, tip.Height, start, Left(All), sure, spacing)
        {
            SteadyLeft = Math.Max(sure, Left(All - FallPercent, Many)),
        };
    }

    // By the chain alone: whoever looks at the same tip finds the same. The error of so few intervals is no surge.
    private static double SpacingOf(SharechainProfile profile, BlockNode<ShareId, ShareInfo> tip)
    {
        var newest = new List<TimedWork>(Newest);
        var above = tip.Item.Header.Time;
        for (var at = tip; at.Parent is not null && newest.Count < Newest; at = at.Parent)
        {
            var time = at.Item.Header.Time;
            if (above - (long)time > (long)LongestGap * profile.TargetSpacing)
            {
                break;
            }

            newest.Add(new TimedWork(time, 0));
            above = time;
        }

        newest.Reverse();
        var pace = HashrateEstimate.Of(CollectionsMarshal.AsSpan(newest), 0);
        var intervals = pace.Intervals - Beside;
        return intervals < LeastIntervals
            ? profile.TargetSpacing
            : Math.Min(profile.TargetSpacing, pace.Seconds / intervals * (1 + (2 / Math.Sqrt(intervals))));
    }

    // Where the window has so many parts of a hundred of its work, at what the newest blocks are worth.
    private static long ByWork(PayoutDesign.Window window, BlockNode<ShareId, ShareInfo> tip, int root, int percent, int newest)
    {
        var work = tip.ChainWork.ToBigInteger();
        var wanted = tip.Item.MainBits.Work().ToBigInteger() * window.Multiplier * percent / All;
        var left = wanted - (work - tip.Ancestor(root)!.ChainWork.ToBigInteger());
        var few = Math.Min(newest, tip.Height);
        var recent = work - tip.Ancestor(tip.Height - few)!.ChainWork.ToBigInteger();

        // Rounded up: the block with which the work is reached may still spend.
        return left.Sign <= 0 ? 0 : (long)BigInteger.Min(int.MaxValue, (left * few + recent - 1) / recent);
    }
}
