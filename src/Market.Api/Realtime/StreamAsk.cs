namespace Market.Api.Realtime;

/// <summary>How a reader subscribes to a channel.</summary>
/// <param name="Since">The position after which it wants to go on; null for a snapshot.</param>
/// <param name="Answered">Whether it is answered before the first message.</param>
/// <param name="Id">What comes back with the answer.</param>
public sealed record StreamAsk(string? Since = null, bool Answered = false, string? Id = null)
{
    /// <summary>For a snapshot, without an answer.</summary>
    public static StreamAsk Plain { get; } = new();
}
