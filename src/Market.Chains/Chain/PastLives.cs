using Market.Sharechain;

namespace Market.Chains;

/// <summary>What a look at lives that are past came to.</summary>
public enum PastVerdict
{
    /// <summary>There is more to look at than is looked at in one go: look again.</summary>
    Unfinished,

    /// <summary>The chain has no block so high.</summary>
    NoBlock,

    /// <summary>At some block it did not hold, or there were more than <see cref="PastLives.MostPast"/>.</summary>
    DidNot,

    /// <summary>It held at all.</summary>
    Held,
}

/// <summary>
/// Whether something held of the life of a root height whichever block of the best chain was the tip in a time that is past:
/// anybody with the chain finds the same. A block's life is reckoned once and kept, and so many in one go: who asks again and again
/// as the chain grows has only what is new reckoned, and others have their turn between. Used by one reader at a time.
/// </summary>
/// <param name="past">Tells the life with the best chain's block of a height as the tip, null above the tip
/// (<see cref="ISharechain.GetPastLifeAsync"/>).</param>
public sealed class PastLives(Func<int, CancellationToken, ValueTask<PastLife?>> past)
{
    /// <summary>Blocks that are looked at of a time that is past: more than two days of blocks 10 s apart.</summary>
    public const int MostPast = 20_000;

    // Some milliseconds.
    private const int UsualSlice = 256;

    // By height. One of another branch is known by its id, and gives way.
    private readonly Dictionary<int, PastLife> _known = [];

    /// <summary>Lives that are reckoned in one go, 2 or more: the newest is asked for each time.</summary>
    public int Slice { get; set; } = UsualSlice;

    /// <summary>Those of one root height.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="root">The root height, at least 1.</param>
    public static PastLives Of(ISharechain chain, int root)
    {
        ArgumentNullException.ThrowIfNull(chain);
        return new PastLives((height, cancellation) => chain.GetPastLifeAsync(root, height, cancellation));
    }

    /// <summary>The same looked at once, to its end.</summary>
    /// <inheritdoc cref="LookAsync"/>
    public static async ValueTask<PastVerdict> LookOnceAsync(
        ISharechain chain, int root, long since, int through, Func<PastLife, bool> holds, CancellationToken cancellation)
    {
        var (lives, verdict) = (Of(chain, root), PastVerdict.Unfinished);

        // Twice what there is to look at: a chain that never keeps still does not keep anybody for ever.
        for (var left = 2 * MostPast / lives.Slice; left > 0 && verdict == PastVerdict.Unfinished; left--)
        {
            verdict = await lives.LookAsync(since, through, holds, cancellation).ConfigureAwait(false);
        }

        return verdict;
    }

    /// <summary>Looks, as far as it comes in one go.</summary>
    /// <param name="since">When the time began, Unix seconds: the newest block of no later median time is the first that was the
    /// tip.</param>
    /// <param name="through">Height of the last that was the tip.</param>
    /// <param name="holds">What is asked of each.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<PastVerdict> LookAsync(
        long since, int through, Func<PastLife, bool> holds, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(holds);
        var left = Slice;
        ShareId? expected = null;
        for (var height = through; height >= 0; height--)
        {
            if (expected is null || !_known.TryGetValue(height, out var life) || life.Id != expected)
            {
                if (left-- == 0)
                {
                    return PastVerdict.Unfinished;
                }

                if (await past(height, cancellation).ConfigureAwait(false) is not { } read)
                {
                    return expected is null ? PastVerdict.NoBlock : PastVerdict.Unfinished;
                }

                if (expected is { } wanted && read.Id != wanted)
                {
                    // The best chain changed meanwhile.
                    return PastVerdict.Unfinished;
                }

                life = read;
                Keep(through, life);
            }

            if (through - height >= MostPast || !holds(life))
            {
                return PastVerdict.DidNot;
            }

            if (life.MedianTime <= since)
            {
                return PastVerdict.Held;
            }

            expected = life.Parent;
        }

        return PastVerdict.Held;
    }

    private void Keep(int through, PastLife life)
    {
        if (_known.Count > 2 * MostPast)
        {
            foreach (var old in _known.Keys.Where(height => height > through || height <= through - MostPast).ToList())
            {
                _known.Remove(old);
            }
        }

        _known[life.Life.Height] = life;
    }
}
