using Market.Chains;
using Market.Client.Api;
using Market.Contracts;
using Market.Standing;
using Market.Swaps;

namespace Market.Client;

/// <summary>Where what a market says of a key is not what was found.</summary>
/// <param name="What">Of what.</param>
/// <param name="Said">What the market says.</param>
/// <param name="Found">What was found here.</param>
public sealed record StandingDifference(string What, string Said, string Found);

/// <summary>A key's standing as it was computed here, from the market's public routes and own chains.</summary>
/// <param name="Said">What the market says.</param>
/// <param name="Tier">The tier that follows from what was found.</param>
/// <param name="Points">Its points.</param>
/// <param name="SettledDays">Days with settled swaps.</param>
/// <param name="Faults">Faults that count.</param>
/// <param name="Checked">Swaps that were checked on the own chains.</param>
/// <param name="Differences">Where the market says otherwise; empty where it does not.</param>
/// <param name="Unchecked">What could not be checked here: the market's word alone.</param>
public sealed record CheckedStanding(
    KeyStanding Said, StandingTier Tier, long Points, int SettledDays, int Faults, int Checked,
    IReadOnlyList<StandingDifference> Differences, IReadOnlyList<string> Unchecked);

/// <summary>
/// Computes a key's standing again: each swap's record is judged by the rules that ship, its locks and claims are looked for on the
/// own chains, and days, faults, points and tier follow from what holds. That a swap is the key's, and who gave no keys, stands on
/// no chain: there the market is taken at its word, and that is said.
/// </summary>
/// <param name="api">The market.</param>
/// <param name="main">The own mainchain.</param>
/// <param name="shares">The own sharechain.</param>
public sealed class StandingCheck(MarketApi api, IMainchain main, ISharechain shares)
{
    private const int PageSize = 500;
    private const int MostPages = 10;

    /// <summary>Checks a key.</summary>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<CheckedStanding> CheckAsync(string key, CancellationToken cancellation) =>
        new Check(api, main, shares).RunAsync(key, cancellation);

    /// <summary>One check: what it found is its own.</summary>
    private sealed class Check(MarketApi api, IMainchain main, ISharechain shares)
    {
        private readonly List<StandingDifference> _differences = [];
        private readonly List<string> _unchecked = [];
        private int _checked;

        public async Task<CheckedStanding> RunAsync(string key, CancellationToken cancellation)
        {
            var said = await api.GetKeyStandingAsync(key, cancellation).ConfigureAwait(false);
            var now = said.Time.ToUnixTimeSeconds();
            var (days, faults) = (new List<int>(), new List<SwapFault>());
            foreach (var swap in said.Swaps)
            {
                if (!await HoldsAsync(swap, cancellation).ConfigureAwait(false))
                {
                    continue;
                }

                var ended = swap.EndedAt.ToUnixTimeSeconds();
                if (swap.Settled)
                {
                    days.Add(HistoryRule.DayOf(ended));
                }
                else
                {
                    faults.Add(new SwapFault(swap.Id, swap.MatchedAt.ToUnixTimeSeconds(), ended));
                }
            }

            await FindOmittedAsync(said, [.. days], cancellation).ConfigureAwait(false);
            foreach (var held in said.Held)
            {
                _unchecked.Add($"{held.Source} {held.ProofId}");
            }

            var facts = new StandingFacts(
                said.Held.Sum(held => held.Value),
                said.Held.Where(held => held.Source == StandingProof.LateWork)
                    .Select(held => (long?)held.Until.ToUnixTimeSeconds()).Max(),
                HistoryRule.SettledDays(days, now), HistoryRule.Faults(faults, now));
            var rule = TierRule.Of(facts, now);
            var tier = (StandingTier)rule.Tier;
            Compare("tier", said.Tier, tier);
            Compare("points", said.Points, rule.Points);
            Compare("days with settled swaps", said.SettledDays, facts.SettledDays);
            Compare("faults", said.Faults, facts.Faults);
            return new CheckedStanding(
                said, tier, rule.Points, facts.SettledDays, facts.Faults, _checked, [.. _differences], [.. _unchecked]);
        }

        /// <summary>Whether a swap is what the market says of it.</summary>
        private async Task<bool> HoldsAsync(StandingSwap said, CancellationToken cancellation)
        {
            var proof = await api.GetSwapProofAsync(said.Id, cancellation).ConfigureAwait(false);
            var swap = SwapJson.ReadSwap(proof.Record);
            var role = swap.RoleOn(said.Role == SwapRole.Seller ? SwapChain.Share : SwapChain.Coin);
            if (swap.Id != said.Id)
            {
                return Differs(said, "a record", $"the record is of {swap.Id}");
            }

            if (said.Settled && swap.Phase != SwapPhase.Settled)
            {
                return Differs(said, "settled", $"its record stands at {swap.Phase}");
            }

            // The market may have been away, and blames nobody then: what it blames somebody for must hold all the more.
            if (!said.Settled && !SwapDefaults.Of(swap, 0, proof.LockedAt?.ToUnixTimeSeconds()).Contains(role))
            {
                return Differs(said, $"let fail by the {said.Role}", "by the rule it is not its doing");
            }

            var instrument = proof.Swap.Summary.Instrument;
            if (instrument != TradedInstrument.IdOf(shares, TradedInstrument.SeriesOf(instrument, ChainKind.Sharechain))
                || swap.Terms is not { } terms)
            {
                _unchecked.Add(swap.Terms is null ? $"swap {said.Id}: who gave no keys stands on no chain"
                    : $"swap {said.Id}: of {instrument}, whose chain is not followed here");
                return true;
            }

            if (!said.Settled && TradedInstrument.LeastRootOf(instrument, shares) is { } oldest)
            {
                // What excuses is read from the record: one that leaves that out excuses nobody.
                if (swap.Plan.ExpiryMargin is null || swap.TipsAtFailure is null)
                {
                    return Differs(said, $"let fail by the {said.Role}", "its record leaves out how long its shares had to live");
                }

                var couldAct = await CouldActAsync(swap, oldest, proof, cancellation).ConfigureAwait(false);
                if (couldAct == false)
                {
                    return Differs(
                        said, $"let fail by the {said.Role}",
                        "its shares did not surely outlive the swap: by the rule it is nobody's doing");
                }

                if (couldAct is null)
                {
                    _unchecked.Add($"swap {said.Id}: the own sharechain has not come to where it failed");
                    return true;
                }
            }

            foreach (var leg in (Role[])[Role.Initiator, Role.Participant])
            {
                if (swap.FundingOf(leg) is { InBlock: true } lockOf
                    && await WhyNotThereAsync(swap, terms, leg, lockOf, said.Settled, cancellation)
                        .ConfigureAwait(false) is { } why)
                {
                    return Differs(said, said.Settled ? "settled" : "locked", why);
                }

                if (said.Settled && swap.FundingOf(leg) is null)
                {
                    return Differs(said, "settled", "its record has no lock of a leg");
                }
            }

            _checked++;
            return true;
        }

        /// <summary>Whether whoever is blamed for a step with shares that expire could take it, by the own chain; null where that
        /// has not come so far.</summary>
        private async ValueTask<bool?> CouldActAsync(Swap swap, int oldest, SwapProof proof, CancellationToken cancellation) =>
            SharesInDoubt.Since(swap, proof.LockedAt?.ToUnixTimeSeconds()) is not { } since
            ? true
            : await PastLives.LookOnceAsync(
                shares, oldest, since, swap.TipsAtFailure!.Value.Share.Height,
                past => SharesInDoubt.CouldAct(swap, past.Life.SureSeconds, past.MedianTime), cancellation).ConfigureAwait(false)
            switch
            {
                PastVerdict.Held => true,
                PastVerdict.DidNot => false,
                _ => null,
            };

        private async Task<string?> WhyNotThereAsync(
            Swap swap, AgreedTerms terms, Role leg, Payment lockOf, bool settled, CancellationToken cancellation)
        {
            IChain chain = swap.ChainOf(leg) == SwapChain.Share ? shares : main;
            var funding = await chain.FindTransactionAsync(lockOf.OutPoint.TxId, cancellation).ConfigureAwait(false);
            if (funding?.Block is null)
            {
                return $"no block of the own chain has {lockOf.OutPoint.TxId}";
            }

            var outputs = funding.Transaction.Outputs;
            if (lockOf.OutPoint.Index >= outputs.Length
                || outputs[(int)lockOf.OutPoint.Index].ScriptPubKey != terms.ContractOf(leg).ScriptPubKey
                || outputs[(int)lockOf.OutPoint.Index].Value != swap.AmountOf(leg))
            {
                return $"{lockOf.OutPoint} is not the agreed lock";
            }

            if (!settled)
            {
                return null;
            }

            if (lockOf.Spend is not { Kind: SpendKind.Claim } claim)
            {
                return $"{lockOf.OutPoint} was not claimed";
            }

            var spent = await chain.FindTransactionAsync(claim.TxId, cancellation).ConfigureAwait(false);
            return spent?.Block is not null && spent.Transaction.Inputs.Any(input => input.PreviousOutput == lockOf.OutPoint)
                ? null
                : $"no block of the own chain claims {lockOf.OutPoint} by {claim.TxId}";
        }

        /// <summary>Settled swaps that the market lists for the key and whose day it does not count: of a day it need not name all.
        /// </summary>
        private async Task FindOmittedAsync(KeyStanding said, HashSet<int> days, CancellationToken cancellation)
        {
            var known = said.Swaps.Select(swap => swap.Id).ToHashSet(StringComparer.Ordinal);
            var since = said.Time.AddSeconds(-HistoryRule.Counts);
            string? cursor = null;
            for (var page = 0; page < MostPages; page++)
            {
                var swaps = await api.GetSwapsOfAsync(said.Key, PageSize, cursor, cancellation).ConfigureAwait(false);
                foreach (var swap in swaps.Items.Where(
                    swap => swap.Outcome == SwapOutcome.Settled && !known.Contains(swap.Id) && !IsWithin(days, swap)))
                {
                    var proof = await api.GetSwapProofAsync(swap.Id, cancellation).ConfigureAwait(false);
                    if (proof.Events.FirstOrDefault(e => e.To == SwapState.Settled) is { } settled && settled.Time > since
                        && settled.Time <= said.Time && days.Add(HistoryRule.DayOf(settled.Time.ToUnixTimeSeconds())))
                    {
                        _differences.Add(
                            new StandingDifference($"swap {swap.Id}", "nothing", "settled within the time that counts"));
                    }
                }

                if (swaps.NextCursor is null)
                {
                    return;
                }

                cursor = swaps.NextCursor;
            }

            _unchecked.Add($"swaps of the key beyond the {MostPages * PageSize} that were looked at");
        }

        // Whenever it settled, that day is counted: no proof is needed to know.
        private static bool IsWithin(HashSet<int> days, SwapSummary swap)
        {
            // A market may say of it that it ended before it began: that is looked at.
            var first = HistoryRule.DayOf(swap.CreatedAt.ToUnixTimeSeconds());
            var last = HistoryRule.DayOf(swap.UpdatedAt.ToUnixTimeSeconds());
            return last >= first && Enumerable.Range(first, last - first + 1).All(days.Contains);
        }

        private bool Differs(StandingSwap swap, string said, string found)
        {
            _differences.Add(new StandingDifference($"swap {swap.Id}", said, found));
            return false;
        }

        private void Compare<T>(string what, T said, T found) where T : notnull
        {
            if (!said.Equals(found))
            {
                _differences.Add(new StandingDifference(what, said.ToString()!, found.ToString()!));
            }
        }
    }
}
