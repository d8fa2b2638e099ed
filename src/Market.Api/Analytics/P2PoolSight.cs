using Market.Chains.P2PoolV2;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Analytics;

/// <summary>How it stands with the p2poolv2 node that is read, and what it told last.</summary>
/// <param name="State">How the last look went.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Reason">Where it did not go well: why, for anybody to read.</param>
/// <param name="Read">What was read last; null before the first look that went well.</param>
public sealed record P2PoolSight(SourceState State, DateTimeOffset Since, string? Reason, P2PoolRead? Read);

/// <summary>What a look told, and what follows from it.</summary>
/// <param name="Time">When.</param>
/// <param name="View">What the node told.</param>
/// <param name="Window">Its window.</param>
public sealed record P2PoolRead(DateTimeOffset Time, P2PoolView View, ToldWindow Window);
