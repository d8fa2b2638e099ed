namespace Market.Client.Hub;

/// <summary>What a message is to whoever follows a channel.</summary>
internal enum ChannelStep
{
    /// <summary>It follows from what was told before.</summary>
    Taken,

    /// <summary>It begins the state anew.</summary>
    Anew,

    /// <summary>It is of no use: it answers, or comes before a snapshot that was asked for.</summary>
    Passed,

    /// <summary>Something is missing before it: a snapshot must be asked for.</summary>
    Lost,
}
