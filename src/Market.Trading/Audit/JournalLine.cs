namespace Market.Trading.Audit;

/// <summary>
/// One line of a journal as it is exported: JSON with one of these members, the names in camel case, bytes in base64. The first
/// line is the head and the last the tail; between them stand batches in their order, each snapshot behind the batch that it was
/// taken after. Members may be added, never changed.
/// </summary>
public sealed record JournalLine
{
    /// <summary>What file it is.</summary>
    public JournalHead? Head { get; init; }

    /// <summary>A book as it was kept.</summary>
    public KeptSnapshot? Snapshot { get; init; }

    /// <summary>Commands that were carried out together.</summary>
    public WrittenBatch? Batch { get; init; }

    /// <summary>How it ends.</summary>
    public JournalTail? Tail { get; init; }
}

/// <summary>What file it is.</summary>
public sealed record JournalHead
{
    /// <summary>What <see cref="Format"/> says of a journal.</summary>
    public const string FormatName = "market-journal";

    /// <summary>The version that is written; others are refused.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    public required string Format { get; init; }

    /// <summary><see cref="CurrentVersion"/>.</summary>
    public required int Version { get; init; }

    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }
}

/// <summary>A book as it was kept after some command.</summary>
public sealed record KeptSnapshot
{
    /// <summary>Number of the last command in it; 0 before the first.</summary>
    public required long Sequence { get; init; }

    /// <summary>What made the book from here on.</summary>
    public required BookDefinition Definition { get; init; }

    /// <summary>The book in the engine's binary form.</summary>
    public required byte[] State { get; init; }

    /// <summary>SHA-256 of the state, as it was kept beside it.</summary>
    public required byte[] Hash { get; init; }
}

/// <summary>Commands that were carried out together, with what came of them.</summary>
public sealed record WrittenBatch
{
    /// <summary>Number of the first command.</summary>
    public required long First { get; init; }

    /// <summary>Number of the last.</summary>
    public required long Last { get; init; }

    /// <summary>The commands in the journal's binary form, one after the other.</summary>
    public required byte[] Commands { get; init; }

    /// <summary>The events, likewise.</summary>
    public required byte[] Events { get; init; }

    /// <summary>The orders that were taken on in it as the table of orders has them, by their numbers.</summary>
    public IReadOnlyList<WrittenOrder> Orders { get; init; } = [];
}

/// <summary>How a journal ends: a file without one was cut short.</summary>
public sealed record JournalTail
{
    /// <summary>Number of the last command; 0 where there is none.</summary>
    public required long Sequence { get; init; }

    /// <summary>Batches.</summary>
    public required long Batches { get; init; }

    /// <summary>Orders that the table has beyond those of the batches, or some of them: there should be none.</summary>
    public IReadOnlyList<WrittenOrder> Orders { get; init; } = [];
}
