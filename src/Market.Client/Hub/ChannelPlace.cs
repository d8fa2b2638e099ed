using Market.Contracts;

namespace Market.Client.Hub;

/// <summary>Where a reader stands in a channel: the rule by which messages follow one another. Not safe for several
/// threads.</summary>
/// <param name="tellsWhole">Whether each message is the whole state, so that none is missed.</param>
internal sealed class ChannelPlace(bool tellsWhole)
{
    private long? _sequence;
    private bool _isLost;

    /// <summary>Where to go on after a break; null before the first message, and where the place is lost.</summary>
    public string? Position { get; private set; }

    /// <summary>What a message of the channel is.</summary>
    public ChannelStep Take(StreamEvent told)
    {
        switch (told.Type)
        {
            case StreamEventType.Snapshot:
                Stand(told);
                return ChannelStep.Anew;
            case StreamEventType.Resumed:
                // It goes on after the position that was given back, or not at all.
                if (_isLost || told.Sequence == _sequence)
                {
                    return ChannelStep.Passed;
                }

                return Lose();
            case StreamEventType.Delta or StreamEventType.Update:
                // A channel without a state yet begins with its first message.
                if (tellsWhole || (!_isLost && (_sequence is null || told.Sequence == _sequence + 1)))
                {
                    Stand(told);
                    return ChannelStep.Taken;
                }

                return _isLost ? ChannelStep.Passed : Lose();
            default:
                return ChannelStep.Passed;
        }
    }

    /// <summary>What was told is lost, for another reason than a gap: nothing but a snapshot helps.</summary>
    public ChannelStep Lose()
    {
        (_isLost, _sequence, Position) = (true, null, null);
        return ChannelStep.Lost;
    }

    private void Stand(StreamEvent told) => (_isLost, _sequence, Position) = (false, told.Sequence, told.Position);
}
