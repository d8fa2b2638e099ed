using Market.Contracts;

namespace Market.Web;

/// <summary>What a key may do, why, and what it costs: what the page of standing shows. What the key has stored is told to itself
/// alone, by a signed request.</summary>
public sealed record ShownStanding
{
    /// <summary>Its tier with all that it follows from.</summary>
    public required KeyStanding Standing { get; init; }

    /// <summary>What calls of it cost now, one of each kind of work.</summary>
    public required IReadOnlyList<CallCost> Costs { get; init; }

    /// <summary>The easiest memory-hard ticket: tries that it takes on average.</summary>
    public required int LeastDifficulty { get; init; }

    /// <summary>The hardest.</summary>
    public required int MostDifficulty { get; init; }

    /// <summary>Credits that a key can store.</summary>
    public required long MostCredits { get; init; }

    /// <summary>Credits that a ticket earns for each try that it takes on average.</summary>
    public required int CreditsPerTry { get; init; }
}

/// <summary>The markets that authorities announced on a sharechain, as its node reads them off the chain.</summary>
public sealed record ShownDirectory
{
    /// <summary>Height of the share that it stands at.</summary>
    public required int Height { get; init; }

    /// <summary>The highest mainchain height that the shares build on: terms are reckoned from it.</summary>
    public required int MainHeight { get; init; }

    /// <summary>Those that stand: of more late blocks first, then who stands longer.</summary>
    public required IReadOnlyList<ListedMarket> Markets { get; init; }
}

/// <summary>A market that an authority announced.</summary>
public sealed record ListedMarket
{
    /// <summary>Where it is: scheme, host and port.</summary>
    public required string Address { get; init; }

    /// <summary>Hex of the x-only key that it answers with.</summary>
    public required string Key { get; init; }

    /// <summary>What it asks and promises, in its authority's words: printable ASCII.</summary>
    public required string Terms { get; init; }

    /// <summary>Hex of the authority's x-only key.</summary>
    public required string Authority { get; init; }

    /// <summary>The mainchain height up to which it stands.</summary>
    public required int Until { get; init; }

    /// <summary>Height of the share that announced it.</summary>
    public required int Height { get; init; }

    /// <summary>The late blocks that make its authority one, the latest first.</summary>
    public required IReadOnlyList<ListedWork> Works { get; init; }
}

/// <summary>A mainchain block that lost its race, registered on the sharechain.</summary>
/// <param name="Block">Its id.</param>
/// <param name="Height">Its height.</param>
public sealed record ListedWork(string Block, int Height);
