namespace Market.Bitcoin;

/// <summary>A hash worked out once. A reference is written at once, so that no thread ever sees half of one.</summary>
internal sealed record CachedHash(Hash256 Value);
