namespace Market.Standing;

/// <summary>Everything that a key's tier follows from: counted by whoever asks, from public data.</summary>
/// <param name="BondValue">Sum of V of its bonds and burned coins that count, see
/// <see cref="TierTable.BondValuePerPoint"/>.</param>
/// <param name="AuthorityUntil">When the term of its late block ends, Unix seconds; null where it has none.</param>
/// <param name="SettledDays">Days of UTC among the last <see cref="TierTable.Days"/> on which a swap of it settled.</param>
/// <param name="Faults">Swaps that it let fail in that time. Those matched before it could hear of the first count as one.</param>
public readonly record struct StandingFacts(long BondValue, long? AuthorityUntil, int SettledDays, int Faults);
