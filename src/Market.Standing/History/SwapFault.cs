namespace Market.Standing;

/// <summary>A swap that a key let fail.</summary>
/// <param name="Swap">Its id.</param>
/// <param name="MatchedAt">When it was matched, Unix seconds.</param>
/// <param name="NotedAt">When the failure was noted, Unix seconds.</param>
public readonly record struct SwapFault(string Swap, long MatchedAt, long NotedAt);
