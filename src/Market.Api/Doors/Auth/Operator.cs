namespace Market.Api.Doors.Auth;

/// <summary>Who runs this market, and may read what concerns others.</summary>
/// <param name="Key">Hex of the x-only key; null for nobody's.</param>
public sealed record Operator(string? Key);
