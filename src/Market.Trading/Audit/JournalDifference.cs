namespace Market.Trading.Audit;

/// <summary>Where a journal and the engine first disagree. A closed set.</summary>
public enum DifferenceKind
{
    /// <summary>The file is no journal of this version, or its lines do not stand in their order.</summary>
    Format,

    /// <summary>A batch is missing, is there twice, or holds other commands than its numbers say.</summary>
    Sequence,

    /// <summary>A command cannot be read.</summary>
    Command,

    /// <summary>The engine says of a command something else than was written.</summary>
    Event,

    /// <summary>The table of orders says something else of an order than its command, or than the book at the end.</summary>
    Order,

    /// <summary>A snapshot is not the book after its command, or its hash is another.</summary>
    Snapshot,

    /// <summary>The file ends before its tail, or the tail counts otherwise.</summary>
    End,
}

/// <summary>The first difference that was found.</summary>
/// <param name="Kind">What differs.</param>
/// <param name="Sequence">Number of the command where it was found; everything up to the one before agrees.</param>
/// <param name="Words">The same for a person: what was written and what was found.</param>
public sealed record JournalDifference(DifferenceKind Kind, long Sequence, string Words);
