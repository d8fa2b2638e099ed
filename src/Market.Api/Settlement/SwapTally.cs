using Market.Api.Data;
using Market.Contracts;

namespace Market.Api.Settlement;

/// <summary>What counts of a swap's end.</summary>
/// <param name="Outcome">How it stands in one word.</param>
/// <param name="FailedBy">Who let it fail; null while it has not failed.</param>
/// <param name="SellerIsMaker">Whether the seller's order was resting.</param>
public readonly record struct SwapEnd(SwapOutcome Outcome, FailedBy? FailedBy, bool SellerIsMaker);

/// <summary>Counts how swaps ended: read from the table at the start, and kept with every end that is written. Safe from any
/// thread.</summary>
public sealed class SwapTally
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SwapEnd, long> _counts = [];

    /// <summary>Starts anew.</summary>
    public void Load(IReadOnlyList<(SwapEnd End, long Count)> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        lock (_gate)
        {
            _counts.Clear();
            foreach (var (end, count) in counts) _counts[end] = count;
        }
    }

    /// <summary>A swap went from one end to another.</summary>
    public void Move(SwapEnd from, SwapEnd to)
    {
        if (from == to) return;
        lock (_gate)
        {
            if (IsEnd(from)) _counts[from] = _counts.GetValueOrDefault(from) - 1;
            if (IsEnd(to)) _counts[to] = _counts.GetValueOrDefault(to) + 1;
        }
    }

    /// <summary>The counts.</summary>
    public SwapCounts Show(string instrument, long moving)
    {
        lock (_gate)
        {
            return new SwapCounts
            {
                Instrument = instrument,
                Moving = moving,
                Settled = Sum(IsSettled),
                Failed = Sum(e => !IsSettled(e)),
                FailedByNobody = Sum(e => !IsSettled(e) && (e.FailedBy ?? FailedBy.None) == FailedBy.None),
                Sides = [Side(SwapRole.Seller, FailedBy.Seller), Side(SwapRole.Buyer, FailedBy.Buyer)],
            };
        }
    }

    private SideCounts Side(SwapRole side, FailedBy by)
    {
        bool IsMaker(SwapEnd e) => e.SellerIsMaker == (side == SwapRole.Seller);
        bool IsFailed(SwapEnd e) => !IsSettled(e) && e.FailedBy is { } who && (who & by) != 0;
        return new SideCounts
        {
            Side = side,
            SettledAsMaker = Sum(e => IsSettled(e) && IsMaker(e)),
            SettledAsTaker = Sum(e => IsSettled(e) && !IsMaker(e)),
            FailedAsMaker = Sum(e => IsFailed(e) && IsMaker(e)),
            FailedAsTaker = Sum(e => IsFailed(e) && !IsMaker(e)),
        };
    }

    private long Sum(Func<SwapEnd, bool> counts) => _counts.Where(c => counts(c.Key)).Sum(c => c.Value);

    private static bool IsSettled(SwapEnd end) => end.Outcome == SwapOutcome.Settled;

    private static bool IsEnd(SwapEnd end) =>
        end.FailedBy is not null || end.Outcome is SwapOutcome.Settled or SwapOutcome.Faulted;
}
