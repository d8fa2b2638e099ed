namespace Market.Contracts;

/// <summary>Asks for an API key of the own account.</summary>
public sealed record CreateApiKey
{
    /// <summary>The longest label.</summary>
    public const int LongestLabel = 64;

    /// <summary>Days that a key lasts where nothing is said.</summary>
    public const int UsualDays = 90;

    /// <summary>Days that a key lasts at most.</summary>
    public const int MostDays = 366;

    /// <summary>What it may do: one scope at least, each once.</summary>
    public required IReadOnlyList<ApiKeyScope> Scopes { get; init; }

    /// <summary>What the account calls it: 1 to 64 printable ASCII characters; none where left out.</summary>
    public string? Label { get; init; }

    /// <summary>When it ends, at most 366 days from now; 90 days from now where left out.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>An API key as its account sees it. The secret is told once, when it is made.</summary>
public sealed record ApiKey
{
    /// <summary>What requests name it by: 32 lower case hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>What the account calls it; absent where it has no name.</summary>
    public string? Label { get; init; }

    /// <summary>What it may do.</summary>
    public required IReadOnlyList<ApiKeyScope> Scopes { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was last used, to the minute; absent where it never was.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>An API key that was made, with its secret.</summary>
public sealed record CreatedApiKey
{
    /// <summary>The key.</summary>
    public required ApiKey Key { get; init; }

    /// <summary>Hex of the x-only key whose account it is.</summary>
    public required string Account { get; init; }

    /// <summary>64 characters with which requests are authenticated: see <see cref="ApiKeyRequest"/>. Told now and never again.
    /// </summary>
    public required string Secret { get; init; }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{nameof(CreatedApiKey)} {{ {Key} }}";
}
