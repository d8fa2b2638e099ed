using Market.Api.Realtime;

namespace Market.Api.Features.Streams;

/// <summary>Where a reader of server-sent events stands in each of its channels. An event's id is all of them: a browser gives
/// back the last id alone, whichever channel it came with.</summary>
internal sealed class EventPositions
{
    private readonly SortedDictionary<long, long> _channels = [];
    private string _id = StreamPosition.Of([]);

    /// <summary>The id of an event, once it is told.</summary>
    public string After(StreamMessage message)
    {
        if (message.Line == 0) return _id;
        _channels[message.Line] = message.Sequence;
        return _id = StreamPosition.Of(_channels);
    }
}
