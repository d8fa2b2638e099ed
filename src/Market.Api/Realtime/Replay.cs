namespace Market.Api.Realtime;

/// <summary>What a channel told last, for readers that come back: bounded in messages and in what they are made of. Guarded by the
/// channel's lock.</summary>
/// <param name="most">Messages.</param>
/// <param name="mostParts">Parts of all messages together: of a book's changes the levels.</param>
/// <param name="room">The room that it shares with other channels; null where it has its own.</param>
internal sealed class Replay(int most, int mostParts, ReplayRoom? room)
{
    private readonly Queue<(StreamMessage Message, int Parts)> _kept = new();
    private int _parts;

    /// <summary>Whether anything is kept at all.</summary>
    public bool Keeps => most > 0;

    /// <summary>Keeps a message, whose number is the one after the last, and lets the oldest go. Where all room is taken nothing is
    /// kept: readers that come back get snapshots.</summary>
    public void Add(StreamMessage message, int parts)
    {
        if (room?.TryTake() == false)
        {
            Clear();
            return;
        }
        _kept.Enqueue((message, parts));
        _parts += parts;
        while (_kept.Count > most || _parts > mostParts) LetGo();
    }

    /// <summary>Forgets all: a state came that no change led to.</summary>
    public void Clear()
    {
        while (_kept.Count > 0) LetGo();
    }

    /// <summary>What came after a number; null where that is not known whole.</summary>
    /// <param name="after">Of the last message that a reader saw.</param>
    /// <param name="now">Of the last message that was told.</param>
    public IReadOnlyList<StreamMessage>? After(long after, long now)
    {
        var missed = now - after;
        return missed < 0 || missed > _kept.Count
            ? null
            : [.. _kept.Skip(_kept.Count - (int)missed).Select(kept => kept.Message)];
    }

    private void LetGo()
    {
        _parts -= _kept.Dequeue().Parts;
        room?.Give(1);
    }
}
