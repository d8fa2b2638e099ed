namespace Market.Api.Trading;

/// <summary>Where a sequencer stands.</summary>
public enum SequencerState
{
    /// <summary>It has not read its journal yet.</summary>
    Starting,

    /// <summary>It takes commands.</summary>
    Running,

    /// <summary>The database failed: the book is discarded and rebuilt as soon as it answers.</summary>
    Rebuilding,

    /// <summary>It takes nothing any more: another sequencer has taken over, the journal is damaged, or it was told to.
    /// </summary>
    Stopped,
}
