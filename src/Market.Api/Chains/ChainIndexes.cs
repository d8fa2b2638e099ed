using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>
/// Keeps an index of each chain's newest blocks, and of each sharechain whom the shares to come would pay as it was said at each
/// tip.
/// Each chain has one loop, whoever asks; it reads blocks one after another and holds nothing meanwhile.
/// </summary>
public sealed class ChainIndexes(ChainWatchers watchers, TimeProvider clock, ILogger<ChainIndexes> log) : IAsyncDisposable
{
    /// <summary>Payouts that are kept of a sharechain, one a tip.</summary>
    public const int MostPayouts = 512;

    private const int MostBlocks = 20_000;
    private const int LeastBlocks = 288;
    private static readonly TimeSpan OfMain = TimeSpan.FromDays(2);
    private static readonly TimeSpan OfShares = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<IChain, Kept> _kept = new(ReferenceEqualityComparer.Instance);
    private readonly CancellationTokenSource _stop = new();

    private sealed record Kept(ChainIndex Index, RecentValues<ShareId, NextPayout> Payouts)
    {
        public Task Following { get; set; } = Task.CompletedTask;
    }

    /// <summary>Blocks that readers asked for lately, of every chain.</summary>
    public BlockCache Blocks { get; } = new();

    /// <summary>The index of a chain; it begins to be built with the first to ask.</summary>
    public ChainIndex Of(IChain chain) => KeptOf(chain).Index;

    /// <summary>Whom the share on top of another would pay, as it was said while that was the tip.</summary>
    /// <returns>Null where that was not seen, or is long past.</returns>
    public NextPayout? PayoutAfter(ISharechain chain, ShareId parent) =>
        KeptOf(chain).Payouts.TryGet(parent, out var payout) ? payout : null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var kept in _kept.Values) await kept.Following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private Kept KeptOf(IChain chain)
    {
        lock (_gate)
        {
            if (_kept.TryGetValue(chain, out var known)) return known;
            var kept = new Kept(new ChainIndex(), new RecentValues<ShareId, NextPayout>(MostPayouts));
            _kept.Add(chain, kept);
            kept.Following = Task.Run(() => FollowAsync(chain, kept), CancellationToken.None);
            return kept;
        }
    }

    private Task FollowAsync(IChain chain, Kept kept)
    {
        var supervised = log.Supervise($"The index of {chain.Name}", clock);
        return supervised.RunAsync(async stop =>
        {
            await foreach (var look in watchers.Of(chain).ReadAsync(stop))
            {
                if (chain is ISharechain shares)
                {
                    var payout = await shares.GetNextPayoutAsync(stop);
                    kept.Payouts.Put(payout.Parent, payout);
                }
                await UpdateAsync(chain, kept.Index, look.Head, stop);
                supervised.IsWell();
            }
        }, _stop.Token);
    }

    private static async Task UpdateAsync(IChain chain, ChainIndex index, ChainHead head, CancellationToken stop)
    {
        while (index.Tip is { } tip && await chain.GetBlockIdAsync(tip.Height, stop) != tip.Id) index.TakeBack();
        for (var height = index.Tip?.Height + 1 ?? Begin(chain, head.Height); height <= head.Height; height++)
        {
            // Another branch took over meanwhile: the next look begins anew.
            if (await chain.GetBlockIdAsync(height, stop) is not { } id
                || await chain.GetBlockAsync(id, stop) is not { } block) return;
            if (index.Tip is { } tip && tip.Id != block.Parent) return;
            index.Add(block);
        }
    }

    private static int Begin(IChain chain, int tip)
    {
        var spacing = chain is ISharechain shares ? shares.Profile.TargetSpacing : NetworkProfile.Of(chain.Name).Spacing;
        var time = chain is ISharechain ? OfShares : OfMain;
        return Math.Max(0, tip - (int)Math.Clamp(time.TotalSeconds / spacing, LeastBlocks, MostBlocks));
    }
}
