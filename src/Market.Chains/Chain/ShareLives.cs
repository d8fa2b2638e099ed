using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains;

/// <summary>How long shares that expire can still be spent, as one chain shows it: nobody else is asked. Used by one reader at a
/// time.</summary>
public sealed class ShareLives
{
    private const int MostKnown = 4_096;

    private readonly ISharechain _chain;
    private readonly Dictionary<OutPoint, int> _roots = [];

    private ShareLives(ISharechain chain) => _chain = chain;

    /// <summary>Those of a chain; null where nothing on it expires.</summary>
    public static ShareLives? Of(IChain chain) =>
        chain is ISharechain { Profile.Window: not null } shares ? new ShareLives(shares) : null;

    /// <summary>The life of an output; null where it is none that can be spent.</summary>
    /// <param name="outPoint">Which; one that waits in the mempool has the life of what it spends, also where that is spent
    /// there.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<ShareLife?> OfAsync(OutPoint outPoint, CancellationToken cancellation)
    {
        var coin = await _chain.FindUnspentAsync(outPoint, withMempool: false, cancellation).ConfigureAwait(false)
            ?? await _chain.FindUnspentAsync(outPoint, withMempool: true, cancellation).ConfigureAwait(false);
        if (coin?.RootHeight is not { } root)
        {
            return null;
        }

        if (_roots.Count >= MostKnown)
        {
            _roots.Clear();
        }

        _roots[outPoint] = root;
        return await _chain.GetLifeAsync(root, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// True for an output that expired. The chain forgets those: of one that was seen here before the root height is remembered; of
    /// any other the block that made it is no lower than its root, so that it is gone, too, once the window has passed that one.
    /// </summary>
    /// <param name="outPoint">One that is not there, and that no block is seen to spend.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<bool> IsGoneAsync(OutPoint outPoint, CancellationToken cancellation)
    {
        if (!_roots.TryGetValue(outPoint, out var root))
        {
            var made = await _chain.FindTransactionAsync(outPoint.TxId, cancellation).ConfigureAwait(false);
            if (made?.Block is not { } block)
            {
                return false;
            }

            root = block.Height;
        }

        return (await _chain.GetLifeAsync(root, cancellation).ConfigureAwait(false)).IsExpired;
    }
}
