using Market.Standing;

namespace Market.Api.Standing;

/// <summary>What raises a key's tier for as long as it stands.</summary>
/// <param name="Source"><see cref="StandingSource.FidelityBond"/>, <see cref="StandingSource.BurnedCoins"/> or
/// <see cref="StandingSource.LateWork"/>.</param>
/// <param name="ProofId">Its name: of all proofs of its source it names one. At most 128 characters.</param>
/// <param name="Key">Hex of the x-only key whose it is.</param>
/// <param name="Value">Of coins: V now, in the unit of <see cref="TierTable.BondValuePerPoint"/>; else 0. As it shrinks with the
/// time left, whoever keeps it sets it anew.</param>
/// <param name="Until">From when on it counts no more, Unix seconds.</param>
public sealed record StandingHold(StandingSource Source, string ProofId, string Key, long Value, long Until);

/// <summary>What became of credits that were given.</summary>
/// <param name="IsNew">False where the proof was used before: then nothing was given.</param>
/// <param name="Kept">How many the key keeps of it: fewer than were given where its store is full.</param>
/// <param name="Stored">What it has after it.</param>
public readonly record struct CreditOutcome(bool IsNew, long Kept, long Stored);
