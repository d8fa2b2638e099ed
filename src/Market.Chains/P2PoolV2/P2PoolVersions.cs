namespace Market.Chains.P2PoolV2;

/// <summary>All parts of what a node says are of one version.</summary>
internal static class P2PoolVersions
{
    /// <summary>The version of all of them.</summary>
    /// <exception cref="P2PoolException">They are of both: of no version that is known.</exception>
    public static P2PoolVersion One(IEnumerable<P2PoolVersion> versions) => versions.Distinct().ToList() is [var only]
        ? only
        : throw new P2PoolException(
            P2PoolTrouble.Nonsense, "its answers have members of versions before and after 0.14: of no version that is known.");
}
