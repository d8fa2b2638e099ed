namespace Market.Chains.P2PoolV2;

/// <summary>How to reach a p2poolv2 node's HTTP interface, and how patiently and politely.</summary>
public sealed record P2PoolOptions
{
    /// <summary>The interface's address with a slash at its end, such as http://127.0.0.1:46884/.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its auth_user; null where it asks for none.</summary>
    public string? User { get; init; }

    /// <summary>The password of that user.</summary>
    public string? Password { get; init; }

    /// <summary>The longest that one request may take, its body included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between looks where nothing hints at news.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>No two looks are nearer to each other, whatever hints come.</summary>
    public TimeSpan ShortestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pages of a hundred shares that one look asks for at most: a whole window takes more than a thousand, and is read in
    /// an hour or two.</summary>
    public int MostPages { get; init; } = 10;

    /// <summary>From an address with the sign-in in it, such as http://user:password@127.0.0.1:46884.</summary>
    public static P2PoolOptions Of(Uri url)
    {
        var address = new UriBuilder(url);
        var (user, password) = (Uri.UnescapeDataString(address.UserName), Uri.UnescapeDataString(address.Password));
        address.UserName = address.Password = "";
        address.Path = address.Path.TrimEnd('/') + "/";
        return new P2PoolOptions
        {
            Address = address.Uri,
            User = user.Length > 0 ? user : null,
            Password = user.Length > 0 ? password : null,
        };
    }

    /// <summary>The sign-in as both doors of the node want it: base64 of "user:password"; null without one.</summary>
    internal string? Credentials => User is null
        ? null
        : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{User}:{Password}"));
}
