namespace Market.Contracts;

/// <summary>Which puzzle.</summary>
public enum TicketKind
{
    /// <summary>Memory-hard work (Argon2id), for browsers and phones.</summary>
    Memory,

    /// <summary>Recycled work: hashes of a real template, for whoever mines.</summary>
    Work,
}

/// <summary>A puzzle to be solved for credits.</summary>
public sealed record TicketTask
{
    /// <summary>Which.</summary>
    public required TicketKind Kind { get; init; }

    /// <summary>The market's name that a solution is bound to.</summary>
    public required string Host { get; init; }

    /// <summary>Of memory-hard work.</summary>
    public MemoryTask? Memory { get; init; }

    /// <summary>Of recycled work.</summary>
    public WorkTask? Work { get; init; }
}

/// <summary>Memory-hard work: find 16 bytes N so that the first 8 bytes of Argon2id(P, N), big-endian, are at most floor((2^64 -
/// 1) /
/// difficulty). P is TaggedHash("market/ticket", 2 u8, account 32, body 32, difficulty u32 little-endian, seed 32, host).</summary>
public sealed record MemoryTask
{
    /// <summary>32 bytes in hex, as they are hashed. It and the one before it are good.</summary>
    public required string Seed { get; init; }

    /// <summary>Argon2id's memory in KiB.</summary>
    public required int MemoryKiB { get; init; }

    /// <summary>Argon2id's passes.</summary>
    public required int Passes { get; init; }

    /// <summary>Argon2id's lanes.</summary>
    public required int Lanes { get; init; }

    /// <summary>The easiest difficulty that may be chosen.</summary>
    public required int LeastDifficulty { get; init; }

    /// <summary>The hardest.</summary>
    public required int MostDifficulty { get; init; }

    /// <summary>A solution earns difficulty times this.</summary>
    public required int CreditsPerTry { get; init; }
}

/// <summary>Recycled work. The main coinbase is the first part, 8 bytes of extra nonce, the second part; these are the first 8
/// bytes of
/// TaggedHash("market/ticket", 1 u8, account 32, body 32, parts u32 little-endian, salt 8, host).</summary>
public sealed record WorkTask
{
    /// <summary>The sharechain's own name.</summary>
    public required string Chain { get; init; }

    /// <summary>By which a solution names the work.</summary>
    public required string Template { get; init; }

    /// <summary>The script that the sharebase pays, in hex: what is mined is the solver's.</summary>
    public required string Script { get; init; }

    /// <summary>The main coinbase without witness up to the extra nonce, in hex.</summary>
    public required string CoinbaseFront { get; init; }

    /// <summary>What follows the extra nonce, in hex.</summary>
    public required string CoinbaseBack { get; init; }

    /// <summary>From the coinbase to the merkle root, each 32 bytes in hex as they are hashed.</summary>
    public required IReadOnlyList<string> Branch { get; init; }

    /// <summary>The 80 bytes to hash in hex; merkle root and nonce are still to be filled in.</summary>
    public required string Header { get; init; }

    /// <summary>The share's target, 8 hex digits: a ticket's is this times the parts.</summary>
    public required string ShareBits { get; init; }

    /// <summary>Parts at most.</summary>
    public required int MostParts { get; init; }

    /// <summary>A solution earns this divided by the parts.</summary>
    public required long CreditsPerShare { get; init; }
}

/// <summary>A solution.</summary>
public sealed record HandInTicket
{
    /// <summary>Which puzzle.</summary>
    public required TicketKind Kind { get; init; }

    /// <summary>Whom it is for: hex of the x-only key that the work is bound to. Left out for the account that asks; nobody needs
    /// to sign for another, since a solution gives and takes nothing.</summary>
    public string? Account { get; init; }

    /// <summary>SHA-256 of the request's body that the work was meant for, 64 hex digits; left out for any.</summary>
    public string? Body { get; init; }

    /// <summary>Of memory-hard work.</summary>
    public MemorySolution? Memory { get; init; }

    /// <summary>Of recycled work.</summary>
    public WorkSolution? Work { get; init; }
}

/// <summary>A solution of memory-hard work.</summary>
public sealed record MemorySolution
{
    /// <summary>The seed.</summary>
    public required string Seed { get; init; }

    /// <summary>The difficulty that was chosen.</summary>
    public required int Difficulty { get; init; }

    /// <summary>16 bytes in hex.</summary>
    public required string Nonce { get; init; }
}

/// <summary>A solution of recycled work.</summary>
public sealed record WorkSolution
{
    /// <summary>The template.</summary>
    public required string Template { get; init; }

    /// <summary>The script, as in the task.</summary>
    public required string Script { get; init; }

    /// <summary>The parts that were chosen.</summary>
    public required int Parts { get; init; }

    /// <summary>8 bytes in hex.</summary>
    public required string Salt { get; init; }

    /// <summary>The 80 bytes that were found, in hex.</summary>
    public required string Header { get; init; }
}

/// <summary>What became of a solution.</summary>
public sealed record TicketTaken
{
    /// <summary>Credits earned.</summary>
    public required long Credits { get; init; }

    /// <summary>What the account has stored after it: less was kept where its store is full. Absent where somebody else asked: what
    /// an account has is told to itself.</summary>
    public long? Stored { get; init; }

    /// <summary>The share that the work is enough for, too; absent where it is not.</summary>
    public string? Share { get; init; }

    /// <summary>What the sharechain said of that share: accepted, sideChain, duplicate, deferred or refused.</summary>
    public string? ShareFate { get; init; }

    /// <summary>The mainchain block that the work is enough for; absent where it is not.</summary>
    public string? MainBlock { get; init; }
}
