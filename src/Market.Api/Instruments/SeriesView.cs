using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;

namespace Market.Api.Instruments;

/// <summary>A series as a chain shows it at one moment.</summary>
/// <param name="Series">Which one.</param>
/// <param name="Oldest">The life of its oldest share.</param>
/// <param name="Stage">How it stands.</param>
/// <param name="MostWorth">The largest worth in satoshis whose swap surely fits into that life now; null where not even the
/// smallest does.</param>
public sealed record SeriesSight(Series Series, ShareLife Oldest, SeriesStage Stage, long? MostWorth);

/// <summary>The series of a sharechain as it shows them at one moment: from the oldest that is not wholly expired to the next that
/// will be listed.</summary>
/// <param name="Height">The tip's height.</param>
/// <param name="Spacing">Seconds from block to block: the target's or, where blocks come faster, as measured.</param>
/// <param name="SwapBlocks">Blocks that come, at that pace, while the smallest swap needs its shares to live.</param>
/// <param name="All">The series, the oldest first.</param>
public sealed record SeriesView(int Height, double Spacing, int SwapBlocks, ImmutableArray<SeriesSight> All)
{
    /// <summary>Looks at a sharechain whose shares have series.</summary>
    /// <param name="shares">The sharechain.</param>
    /// <param name="needed">What swaps of its shares need of their lives.</param>
    /// <param name="cancel">Stops waiting.</param>
    public static async Task<SeriesView> ReadAsync(ISharechain shares, LivesNeeded needed, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(needed);
        var profile = shares.Profile;
        var length = profile.SeriesLength!.Value;
        var tip = await shares.GetLifeAsync(1, cancel);
        var all = ImmutableArray.CreateBuilder<SeriesSight>();
        for (var number = tip.WindowStart / length; Series.At(profile, number) is { } series; number++)
        {
            var oldest = await shares.GetLifeAsync(series.First, cancel);
            var most = needed.LargestIn(oldest.SureSeconds);
            // A burst of hashrate passes, and a series that it closed would stay so: what closes one is told by the pace aimed at,
            // and by what blocks and their uncles were worth over hundreds of blocks.
            var withoutBurst = needed.LargestIn((long)oldest.SteadyBlocks * profile.TargetSpacing);
            var stage = series.StageAt(oldest, profile.Maturity, fits: withoutBurst is not null);
            all.Add(new SeriesSight(series, oldest, stage, most?.Sats));
            if (stage == SeriesStage.Next) break;
        }
        var blocks = ShareLife.BlocksIn(needed.Of(Amount.Zero), tip.Spacing);
        return new SeriesView(tip.Height, tip.Spacing, blocks, all.ToImmutable());
    }

    /// <summary>A series as everybody sees it.</summary>
    /// <param name="sight">The series.</param>
    /// <param name="profile">Its row.</param>
    /// <param name="closed">The height at which it closed; null where it has not.</param>
    /// <param name="now">The time.</param>
    public ExpirySeries Tell(SeriesSight sight, SharechainProfile profile, int? closed, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(sight);
        ArgumentNullException.ThrowIfNull(profile);
        var lists = (int)sight.Series.ListsAt(profile.Maturity) - 1;
        var closes = closed ?? Height + Math.Max(0, sight.Oldest.SteadyLeft - (ShareLife.Surge * SwapBlocks));
        return new ExpirySeries
        {
            Instrument = Instrument.IdOf(profile.Design, sight.Series.Number),
            Sharechain = profile.Name,
            Number = sight.Series.Number,
            FirstRoot = sight.Series.First,
            LastRoot = sight.Series.Last,
            State = StateOf(sight.Stage, closed),
            Lists = At(lists, now),
            Closes = closed is null && closes < lists ? null : At(closes, now),
            FirstExpires = sight.Oldest.IsExpired ? null : At(sight.Oldest.Height + sight.Oldest.BlocksLeft, now),
        };
    }

    /// <summary>One that is gone: of it only its heights are told.</summary>
    public static ExpirySeries Gone(SharechainProfile profile, Series series)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new ExpirySeries
        {
            Instrument = Instrument.IdOf(profile.Design, series.Number),
            Sharechain = profile.Name,
            Number = series.Number,
            FirstRoot = series.First,
            LastRoot = series.Last,
            State = SeriesState.Expired,
            Lists = new SeriesMoment { Height = (int)series.ListsAt(profile.Maturity) - 1 },
        };
    }

    // One that was closed for good stays so: whoever placed orders in it anew would have them cancelled again.
    private static SeriesState StateOf(SeriesStage stage, int? closed) => stage switch
    {
        SeriesStage.Next => SeriesState.Next,
        SeriesStage.Expired => SeriesState.Expired,
        SeriesStage.Listed when closed is null => SeriesState.Listed,
        _ => SeriesState.Closed,
    };

    private SeriesMoment At(int height, DateTimeOffset now) => new()
    {
        Height = height,
        Expected = height > Height ? now.AddSeconds(Math.Round((height - Height) * Spacing)) : null,
    };
}
