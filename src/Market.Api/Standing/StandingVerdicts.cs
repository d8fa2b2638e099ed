using System.Collections.Concurrent;
using Market.Chains;

namespace Market.Api.Standing;

/// <summary>
/// Whether a chain may take away what raises a tier. A node that lags, was set back or does not answer shows no coin and no block
/// that is newer than it is: what was seen stands until the chain is live, and as high as when it was seen. Safe from any thread.
/// </summary>
/// <param name="isLive">Whether a chain is live by every verdict that there is on it.</param>
public sealed class StandingVerdicts(Func<IChain, bool> isLive)
{
    private readonly ConcurrentDictionary<string, int> _highest = new(StringComparer.Ordinal);

    /// <summary>Something was seen on a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="height">Of its tip.</param>
    public void Saw(IChain chain, int height)
    {
        ArgumentNullException.ThrowIfNull(chain);
        _highest.AddOrUpdate(chain.Name, height, (_, before) => Math.Max(before, height));
    }

    /// <summary>The highest that each chain was seen, by its name.</summary>
    public IReadOnlyDictionary<string, int> Highest => _highest;

    /// <summary>Whether what is not seen on a chain is not there.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="height">Of its tip, as it was before it was looked at.</param>
    public bool MayTakeAway(IChain chain, int height)
    {
        ArgumentNullException.ThrowIfNull(chain);
        return height >= _highest.GetValueOrDefault(chain.Name) && isLive(chain);
    }
}
