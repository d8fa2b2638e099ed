namespace Market.Api.Realtime;

/// <summary>A channel's state cannot be read now. Its reader is told so, and told the state as soon as it can be.</summary>
/// <param name="channel">The channel's name.</param>
/// <param name="inner">Why.</param>
public sealed class ChannelFailedException(string channel, Exception inner)
    : Exception($"The state of '{channel}' cannot be read: {inner.Message}", inner)
{
    /// <summary>The channel's name.</summary>
    public string Channel => channel;
}
