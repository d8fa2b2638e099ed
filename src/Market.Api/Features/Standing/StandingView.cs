using Market.Api.Data;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Standing;

/// <summary>A key's standing as the wire shows it.</summary>
public sealed class StandingView(
    StandingBook book, StandingHistory history, Waits waits, IDbContextFactory<MarketDb> database, TimeProvider clock)
{
    /// <summary>The newest swaps of each kind that are shown; of each day that counts besides, one that settled.</summary>
    public const int MostSwaps = 500;

    /// <summary>A key's tier with all that it follows from.</summary>
    public async Task<KeyStanding> OfAsync(string key, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = await database.CreateDbContextAsync(cancel);
        var records = await StandingRecords.ReadAsync(db, key, now, MostSwaps, history.DaysOf(key), cancel);
        var facts = book.FactsOf(key);
        var rule = TierRule.Of(facts, now.ToUnixTimeSeconds());
        return new KeyStanding
        {
            Key = key,
            Time = now,
            Tier = ShownTiers.Of(rule.Tier),
            EarnedTier = ShownTiers.Of(rule.Earned),
            Points = rule.Points,
            BondValue = facts.BondValue,
            AuthorityUntil = facts.AuthorityUntil is { } until ? DateTimeOffset.FromUnixTimeSeconds(until) : null,
            SettledDays = facts.SettledDays,
            Faults = facts.Faults,
            WaitsUntil = waits.UntilOf(key),
            NextTierNeeds = rule.NextNeeds(facts),
            Gives = ShownTiers.GiftOf(rule.Tier),
            Held =
            [
                .. book.HoldsOf(key).Where(hold => hold.Source == StandingSource.LateWork || hold.Value > 0)
                    .OrderBy(hold => hold.Until).ThenBy(hold => hold.ProofId, StringComparer.Ordinal).Select(Of),
            ],
            Swaps = [.. records.Where(record => record.FailedBy is null || record.FailedBy.Value.HasFlag(SideOf(record, key)))
                .Select(record => Of(record, key))],
        };
    }

    private static StandingHeld Of(StandingHold hold) => new()
    {
        Source = (StandingProof)hold.Source,
        ProofId = hold.ProofId,
        Value = hold.Value,
        Until = DateTimeOffset.FromUnixTimeSeconds(hold.Until),
    };

    private static StandingSwap Of(StandingRecord record, string key) => new()
    {
        Id = record.Swap,
        Role = SideOf(record, key) == FailedBy.Seller ? SwapRole.Seller : SwapRole.Buyer,
        Settled = record.FailedBy is null,
        MatchedAt = record.MatchedAt,
        EndedAt = record.EndedAt,
    };

    private static FailedBy SideOf(StandingRecord record, string key) =>
        record.SellerKey == key ? FailedBy.Seller : FailedBy.Buyer;
}
