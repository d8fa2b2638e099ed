namespace Market.Contracts;

/// <summary>A channel is subscribed: its next message is an event of type resumed, and what was missed, or a snapshot.</summary>
public sealed record StreamGoesOn
{
    /// <summary>The channel.</summary>
    public required string Channel { get; init; }
}
