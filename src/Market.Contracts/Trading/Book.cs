namespace Market.Contracts;

/// <summary>All open orders of one side at one price.</summary>
public sealed record BookLevel
{
    /// <summary>Satoshis per whole share.</summary>
    public required Price Price { get; init; }

    /// <summary>Base units open at this price. In a delta, "0" removes the level.</summary>
    public required Quantity Quantity { get; init; }

    /// <summary>How many orders stand there.</summary>
    public required int Orders { get; init; }
}

/// <summary>The whole book at one sequence number.</summary>
public sealed record BookSnapshot
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>The number of the last change in it; the next delta carries the next number.</summary>
    public required long Sequence { get; init; }

    /// <summary>When the last change happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Buy levels, highest price first.</summary>
    public required IReadOnlyList<BookLevel> Bids { get; init; }

    /// <summary>Sell levels, lowest price first.</summary>
    public required IReadOnlyList<BookLevel> Asks { get; init; }

    /// <summary>The checksum of the ten best levels of each side, as the route of the book describes it.</summary>
    public required uint Checksum { get; init; }
}

/// <summary>A change of the book. Apply it to the book of sequence - 1; after any gap ask for a snapshot.</summary>
public sealed record BookDelta
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>One more than that of the delta or snapshot before.</summary>
    public required long Sequence { get; init; }

    /// <summary>When the change happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Changed buy levels as they are now; quantity "0" removes one.</summary>
    public required IReadOnlyList<BookLevel> Bids { get; init; }

    /// <summary>Changed sell levels as they are now; quantity "0" removes one.</summary>
    public required IReadOnlyList<BookLevel> Asks { get; init; }

    /// <summary>The checksum of the book after this change.</summary>
    public required uint Checksum { get; init; }
}
