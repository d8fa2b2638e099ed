using Market.Api.Data;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>
/// Follows what raises tiers as the chains have it: bonds, burned coins and late work, looked at anew after every block and
/// reorganisation of any chain. What a chain takes back is taken back here. While a node is away or lags what is known stands.
/// </summary>
public sealed class HoldWatch(StandingBook book, BondDesk bonds, StandingChains chains, StandingVerdicts verdicts,
    HighestSeen highest, TimeProvider clock, ILogger<HoldWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<(Hash256 Tip, bool MayTakeAway)> seen = [];
        await log.Supervise("The watch of bonds and late work", clock).RepeatAsync(
            async stop =>
            {
                var now = new List<(Hash256, bool)>();
                foreach (var chain in chains.Shares.Prepend<IChain>(chains.Main))
                {
                    var tip = await chain.GetTipAsync(stop);
                    now.Add((tip.Id, verdicts.MayTakeAway(chain, tip.Height)));
                }
                if (now.SequenceEqual(seen)) return;
                await LookAsync(stop);
                seen = now;
            },
            Pause, stoppingToken);
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        foreach (var chain in chains.Shares.Prepend<IChain>(chains.Main)) await highest.LoadAsync(chain, cancel);
        await bonds.LookAsync(cancel);
        var holds = book.HoldsFrom(StandingSource.LateWork);
        foreach (var gone in holds.Where(hold => chains.Shares.All(chain => !IsOf(chain, hold))).ToList())
            await book.ReleaseAsync(gone.Source, gone.ProofId, cancel);
        foreach (var chain in chains.Shares.Where(chain => chain.Profile.Late is not null))
            await LookAsync(chain, [.. holds.Where(hold => IsOf(chain, hold))], cancel);
        await highest.KeepAsync(cancel);
    }

    private async Task LookAsync(ISharechain chain, IReadOnlyList<StandingHold> holds, CancellationToken cancel)
    {
        var tip = await chain.GetTipAsync(cancel);
        var standing = new HashSet<string>(StringComparer.Ordinal);
        var directory = await chain.GetDirectoryAsync(cancel);
        var now = (await chains.Main.GetTipAsync(cancel)).MedianTimePast;
        foreach (var work in directory.Authorities)
        {
            // A term is counted in blocks: in time it is what they take by the network's pace, told anew at every block.
            var left = work.MainHeight + chain.Profile.Late!.Term - directory.MainHeight + 1;
            var until = now + (long)left * NetworkProfile.Of(chains.Main.Name).Spacing;
            var hold = new StandingHold(
                StandingSource.LateWork, NameOf(chain, work.Block.ToString()), Hex.Encode(work.Key.ToArray()), 0, until);
            standing.Add(hold.ProofId);
            if (book.FindHold(hold.Source, hold.ProofId)?.Until != until) await book.HoldAsync(hold, cancel);
        }
        verdicts.Saw(chain, tip.Height);
        if (!verdicts.MayTakeAway(chain, tip.Height)) return;
        foreach (var gone in holds.Where(hold => !standing.Contains(hold.ProofId)))
            await book.ReleaseAsync(gone.Source, gone.ProofId, cancel);
    }

    private static string NameOf(ISharechain chain, string block) => $"{chain.Name}:{block}";

    private static bool IsOf(ISharechain chain, StandingHold hold) =>
        hold.ProofId.StartsWith(NameOf(chain, ""), StringComparison.Ordinal);
}
