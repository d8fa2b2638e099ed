namespace Market.Client.Hub;

/// <summary>What a channel told.</summary>
/// <typeparam name="T">Its items.</typeparam>
/// <param name="Items">Of a snapshot all, else the one that is new or has a new form.</param>
/// <param name="IsSnapshot">Whether it is the whole state, which takes the place of all that was told before.</param>
/// <param name="HasGap">Whether something between the message before and this one is not known: the connection broke for longer
/// than the market remembers, it was started again, or whoever reads here was too slow. Only a snapshot has one.</param>
public sealed record ChannelNews<T>(IReadOnlyList<T> Items, bool IsSnapshot, bool HasGap);
