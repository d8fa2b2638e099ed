namespace Market.Chains.P2PoolV2;

/// <summary>What is wrong with a p2poolv2 node that is read.</summary>
public enum P2PoolTrouble
{
    /// <summary>It does not answer, or not in time.</summary>
    Away,

    /// <summary>It wants another user or password.</summary>
    Denied,

    /// <summary>What it answers is not what such a node says, or contradicts itself.</summary>
    Nonsense,
}
