namespace Market.Api.Doors;

/// <summary>When the server started.</summary>
/// <param name="Time">By its own clock.</param>
public sealed record ServerStart(DateTimeOffset Time);
