using Market.Api.Analytics;

namespace Market.Api.Features.Sources;

/// <summary>The p2poolv2 node that this server reads.</summary>
/// <param name="Watch">Who reads it; null where none is named.</param>
public sealed record P2PoolSource(P2PoolWatch? Watch);
