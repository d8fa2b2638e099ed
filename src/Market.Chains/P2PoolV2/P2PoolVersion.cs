namespace Market.Chains.P2PoolV2;

/// <summary>Which of two shapes a p2poolv2 node's answers have. None of them names the node's version, so it is told by the
/// members that are there.</summary>
public enum P2PoolVersion
{
    /// <summary>Before 0.14: miner_address is the Bitcoin address that is paid, and a block's status says also whether it is on the
    /// chain.</summary>
    BeforeV014,

    /// <summary>From 0.14 on: miner_address is the owner on the pool's own chain, miner_bitcoin_address is who is paid, and
    /// validation_status and chain stand in place of status.</summary>
    SinceV014,
}
