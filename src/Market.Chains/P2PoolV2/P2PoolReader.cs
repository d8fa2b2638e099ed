using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.P2PoolV2;

/// <summary>
/// Follows the confirmed chain of a p2poolv2 node by asking it, and reads as much of it as a payout looks back. Nothing is
/// validated: proofs of work, ids and payouts are not looked at. What contradicts itself or cannot be is refused whole. Used by
/// one caller at a time.
/// </summary>
public sealed class P2PoolReader : IDisposable
{
    private const int Headers = 20;

    // Shares that are asked for again to see that the chain still stands on them.
    private const int Overlap = 6;

    // Whose clock is off, the node's or ours, is not to be told: times of the future tell of no hashrate.
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(2);

    private readonly P2PoolOptions _options;
    private readonly TimeProvider _clock;
    private readonly P2PoolClient _client;

    // Oldest first, each on the one before. As many as a window has at most: some 30 MB.
    private readonly List<ToldShare> _kept = [];

    /// <summary>Reads nothing yet.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="clock">The time of patience.</param>
    public P2PoolReader(P2PoolOptions options, TimeProvider clock) =>
        (_options, _clock, _client) = (options, clock, new P2PoolClient(options, clock));

    /// <summary>Looks once: at the tip, at what is new, and at some of what is older and was not read yet.</summary>
    /// <param name="cancellation">Stops the reads.</param>
    /// <exception cref="P2PoolException">The node does not answer, or not with what such a node says.</exception>
    public async Task<P2PoolView> LookAsync(CancellationToken cancellation)
    {
        try
        {
            return await OnceAsync(cancellation).ConfigureAwait(false);
        }
        catch (P2PoolException error) when (error.Trouble == P2PoolTrouble.Nonsense)
        {
            // A reorganisation between two answers looks like this. It hardly happens twice.
        }

        try
        {
            return await OnceAsync(cancellation).ConfigureAwait(false);
        }
        catch (P2PoolException error) when (error.Trouble == P2PoolTrouble.Nonsense)
        {
            _kept.Clear();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<P2PoolView> OnceAsync(CancellationToken cancellation)
    {
        var info = await _client.AskAsync(P2PoolChainInfo.Path, P2PoolChainInfo.Read, cancellation).ConfigureAwait(false);
        if (info is not { Height: { } height, Tip: { } tip })
        {
            throw new P2PoolException(P2PoolTrouble.Away, "it has no confirmed share yet.", _options.Address);
        }

        var headers = await _client.AskAsync(
            P2PoolHeader.Path(height, Headers), answer => P2PoolHeader.ReadAll(answer, height, Headers), cancellation)
            .ConfigureAwait(false);
        var versions = headers.Select(header => header.Version).ToList();
        var newest = headers[^1];
        var left = await FollowAsync(height, versions, cancellation).ConfigureAwait(false);
        await DeepenAsync(newest.MainWork, versions, left, cancellation).ConfigureAwait(false);
        var dag = await _client.FindAsync(P2PoolDag.Path(height), answer => P2PoolDag.Read(answer, height), cancellation)
            .ConfigureAwait(false);
        var local = await _client.FindAsync(P2PoolLocal.Path, P2PoolLocal.Read, cancellation).ConfigureAwait(false);
        try
        {
            Check(tip, headers);
            return new P2PoolView
            {
                Version = P2PoolVersions.One([.. versions, .. dag?.Versions ?? []]),
                Height = height,
                Tip = tip,
                Genesis = info.Genesis,
                TotalWork = info.TotalWork,
                Candidate = info.Candidate,
                Shares = [.. _kept],
                MainBits = new CompactTarget(newest.MainBits),
                MainWork = newest.MainWork,
                MainHeight = newest.MainHeight,
                Reward = headers.Average(header => (double)header.Reward),
                Fee = headers.Average(header => header.Fee),
                Dag = dag,
                Local = local,
            };
        }
        catch (P2PoolException error)
        {
            throw error.At(_options.Address);
        }
    }

    // Reads down from the tip until it stands on what is kept; where it does not, that is forgotten. Pages that are left.
    private async Task<int> FollowAsync(int height, List<P2PoolVersion> versions, CancellationToken cancellation)
    {
        var (to, fresh, stands) = (height, new List<ToldShare>(), false);
        var pages = _options.MostPages;
        while (pages > 0 && !stands && to >= 0)
        {
            pages--;
            var known = _kept.Count > 0 && to >= _kept[^1].Height;
            var count = known ? Math.Min(P2PoolPage.Most, to - _kept[^1].Height + Overlap) : P2PoolPage.Most;
            fresh.InsertRange(0, await PageAsync(to, count, fresh.FirstOrDefault(), versions, cancellation).ConfigureAwait(false));
            to = fresh[0].Height - 1;
            var at = _kept.Count == 0 ? -1 : to - _kept[0].Height;
            stands = at >= 0 && at < _kept.Count && _kept[at].Id == fresh[0].Parent;
            if (stands)
            {
                _kept.RemoveRange(at + 1, _kept.Count - at - 1);
            }
            else if (at < 0)
            {
                break;
            }
        }

        if (!stands)
        {
            _kept.Clear();
        }

        _kept.AddRange(fresh);
        _kept.RemoveRange(0, Math.Max(0, _kept.Count - ToldWindowInputs.P2PoolV2.MostBlocks));
        return pages;
    }

    private async Task DeepenAsync(double mainWork, List<P2PoolVersion> versions, int pages, CancellationToken cancellation)
    {
        var rule = ToldWindowInputs.P2PoolV2;
        try
        {
            for (; pages > 0; pages--)
            {
                if (_kept[0].Height == 0 || _kept.Count >= rule.MostBlocks
                    || _kept.Sum(share => share.Weight) >= rule.Multiplier * mainWork)
                {
                    return;
                }

                _kept.InsertRange(0, await PageAsync(
                    _kept[0].Height - 1, P2PoolPage.Most, _kept[0], versions, cancellation).ConfigureAwait(false));
            }
        }
        catch (P2PoolException error) when (error.Trouble == P2PoolTrouble.Away)
        {
            // It does not have what is older, or not now: the window stays known in part, which is said with it.
        }
    }

    private async Task<IReadOnlyList<ToldShare>> PageAsync(
        int to, int count, ToldShare? above, List<P2PoolVersion> versions, CancellationToken cancellation)
    {
        var page = await _client.AskAsync(
            P2PoolPage.Path(to, count), answer => P2PoolPage.Read(answer, to, count), cancellation).ConfigureAwait(false);
        if (above is not null && above.Parent != page.Shares[^1].Id)
        {
            throw P2PoolJson.Odd("shares that are not each on the one before").At(_options.Address);
        }

        versions.Add(page.Version);
        return page.Shares;
    }

    // Both lists tell of the same shares: one that says otherwise in one of them is not believed in either.
    private void Check(Hash256 tip, IReadOnlyList<P2PoolHeader> headers)
    {
        if (_kept[^1].Id != tip)
        {
            throw P2PoolJson.Odd("shares that do not end in its tip");
        }

        if (DateTimeOffset.FromUnixTimeSeconds(_kept[^1].Time) > _clock.GetUtcNow() + Ahead)
        {
            throw P2PoolJson.Odd("a share of more than two hours from now");
        }

        for (var i = 1; i <= headers.Count; i++)
        {
            var (header, share) = (headers[^i], _kept[^i]);
            if ((header.Parent, header.Time, header.Work, header.Payee) != (share.Parent, share.Time, share.Work, share.Payee))
            {
                throw P2PoolJson.Odd("headers and shares that tell of the same share differently");
            }

            if (header.Reward == 0)
            {
                throw P2PoolJson.Odd("Bitcoin blocks that pay nothing");
            }
        }
    }
}
