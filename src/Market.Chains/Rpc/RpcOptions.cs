using Market.Bitcoin;

namespace Market.Chains.Rpc;

/// <summary>How to reach a Bitcoin node, and how patiently.</summary>
public sealed record RpcOptions
{
    /// <summary>The node's address, such as http://127.0.0.1:8332/.</summary>
    public required Uri Address { get; init; }

    /// <summary>User of -rpcuser or -rpcauth; null with a cookie or without sign-in.</summary>
    public string? User { get; init; }

    /// <summary>Password (bcoin: the API key, with any user).</summary>
    public string? Password { get; init; }

    /// <summary>Bitcoin Core's .cookie file; read anew whenever the node refuses the one read before.</summary>
    public string? CookieFile { get; init; }

    /// <summary>Pause between looks at the node.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time of pauses, and when a transaction was seen.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How often a request that failed on the way is sent again.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>What is paid while the node has no estimate.</summary>
    public FeeRate FallbackFeeRate { get; init; } = FeeRate.PerVByte(2);

    /// <summary>Unconfirmed transactions looked at at most; those above it are not seen before they confirm.</summary>
    public int MempoolLimit { get; init; } = 20_000;

    /// <summary>False for a node that is asked for its blocks only: it may be without an index of transactions.</summary>
    public bool NeedsTransactions { get; init; } = true;

    /// <summary>
    /// From an address with the sign-in in it, such as http://user:password@127.0.0.1:18443, or with the cookie file that a
    /// node without a password writes: http://127.0.0.1:18443?cookie=/home/node/.bitcoin/regtest/.cookie.
    /// </summary>
    public static RpcOptions Of(Uri url)
    {
        const string cookie = "?cookie=";
        var address = new UriBuilder(url);
        var (user, password) = (Uri.UnescapeDataString(address.UserName), Uri.UnescapeDataString(address.Password));
        var file = address.Query.StartsWith(cookie, StringComparison.Ordinal)
            ? Uri.UnescapeDataString(address.Query[cookie.Length..])
            : "";
        address.UserName = address.Password = address.Query = "";
        return new RpcOptions
        {
            Address = address.Uri,
            User = user.Length > 0 ? user : null,
            Password = password.Length > 0 ? password : null,
            CookieFile = file.Length > 0 ? file : null,
        };
    }
}
