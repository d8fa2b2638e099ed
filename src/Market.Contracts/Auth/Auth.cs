namespace Market.Contracts;

/// <summary>Asks for a challenge to sign.</summary>
public sealed record CreateChallenge
{
    /// <summary>Hex of the x-only public key (BIP340, 32 bytes) that is the account.</summary>
    public required string Key { get; init; }
}

/// <summary>What the key signs to open a session.</summary>
public sealed record Challenge
{
    /// <summary>32 random bytes in hex; good once.</summary>
    public required string Value { get; init; }

    /// <summary>The key that may answer.</summary>
    public required string Key { get; init; }

    /// <summary>The exact text whose tagged hash ("market/sign-in") is signed: see <see cref="SignInText"/>.</summary>
    public required string Text { get; init; }

    /// <summary>Until when it can be answered.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Answers a challenge.</summary>
public sealed record CreateSession
{
    /// <summary>Hex of the x-only key.</summary>
    public required string Key { get; init; }

    /// <summary>The challenge's value.</summary>
    public required string Challenge { get; init; }

    /// <summary>Hex of the 64 byte BIP340 signature over <see cref="SignInText.Digest"/>.</summary>
    public required string Signature { get; init; }
}

/// <summary>A session: send "Authorization: Bearer (token)".</summary>
public sealed record Session
{
    /// <summary>The token. Keep it secret.</summary>
    public required string Token { get; init; }

    /// <summary>The account.</summary>
    public required string Key { get; init; }

    /// <summary>Until when the token is good.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The text that signs a key in.</summary>
public static class SignInText
{
    /// <summary>The tag of the tagged hash.</summary>
    public const string Tag = "market/sign-in";

    /// <summary>"market/sign-in/v2\nhost=(host)\nnetwork=(network)\nkey=(hex)\nchallenge=(hex)\n"</summary>
    /// <param name="host">The market's host as whoever signs asked for it, with its port unless that is the scheme's own:
    /// what is signed for one market is worth nothing at another.</param>
    /// <param name="network">The chains' network.</param>
    /// <param name="key">Hex of the x-only key.</param>
    /// <param name="challenge">The challenge's value.</param>
    public static string Of(string host, string network, string key, string challenge) =>
        $"market/sign-in/v2\nhost={host.ToLowerInvariant()}\nnetwork={network}\nkey={key}\nchallenge={challenge}\n";

    /// <summary>The 32 bytes that are signed.</summary>
    public static byte[] Digest(string host, string network, string key, string challenge) =>
        TaggedText.Hash(Tag, Of(host, network, key, challenge));
}

/// <summary>How a single request is signed, in place of a session. The three headers go with any request.</summary>
public static class SignedRequest
{
    /// <summary>Hex of the x-only key.</summary>
    public const string KeyHeader = "Market-Key";

    /// <summary>Milliseconds since 1970 in UTC, decimal; at most 30 s off the server's clock. Requests of one key that are
    /// otherwise equal need different timestamps: an equal one is refused as a replay.</summary>
    public const string TimestampHeader = "Market-Timestamp";

    /// <summary>Hex of the 64 byte BIP340 signature over <see cref="Digest"/>.</summary>
    public const string SignatureHeader = "Market-Signature";

    /// <summary>The largest difference of clocks, in seconds.</summary>
    public const int MaxSkewSeconds = 30;

    /// <summary>The tag of the tagged hash.</summary>
    public const string Tag = "market/request";

    /// <summary>"market/request/v2\n(host)\n(METHOD)\n(path)\n(query without ?)\n(timestamp)\n(hex SHA-256 of the body)\n",
    /// path and
    /// query as they stand in the request line (percent-encoded); of an empty body the hash of no bytes.</summary>
    public static string Text(string host, string method, string path, string query, string timestamp, string bodyHash) =>
        $"market/request/v2\n{host.ToLowerInvariant()}\n{method}\n{path}\n{query}\n{timestamp}\n{bodyHash}\n";

    /// <summary>The 32 bytes that are signed.</summary>
    public static byte[] Digest(string host, string method, string path, string query, string timestamp, string bodyHash) =>
        TaggedText.Hash(Tag, Text(host, method, path, query, timestamp, bodyHash));
}

/// <summary>A session that has ended.</summary>
public sealed record EndedSession
{
    /// <summary>The account that has signed out.</summary>
    public required string Key { get; init; }
}

/// <summary>Who is asking.</summary>
public sealed record Account
{
    /// <summary>Hex of the x-only key.</summary>
    public required string Key { get; init; }

    /// <summary>When the session or the API key ends; absent for a signed request.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Of an API key: what it may do. Absent for a session and a signed request, which may all.</summary>
    public IReadOnlyList<ApiKeyScope>? Scopes { get; init; }

    /// <summary>The account let a swap fail and takes nothing before this; absent where it does not wait.</summary>
    public DateTimeOffset? WaitsUntil { get; init; }
}
