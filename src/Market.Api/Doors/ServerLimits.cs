using Market.Chains.Http;

namespace Market.Api.Doors;

/// <summary>The bounds of the server, each with its name.</summary>
public static class ServerLimits
{
    /// <summary>Bytes of a request's body.</summary>
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>Bytes of a message from a client of the hub: every connection may keep the server waiting for the rest of one.
    /// </summary>
    public const int MaxHubMessageBytes = 32 * 1024;

    /// <summary>Bytes of a submitted block.</summary>
    public const int MaxBlockBytes = NodeHttpService.LargestBody;

    /// <summary>Bytes of path and query.</summary>
    public const int MaxTarget = 8 * 1024;

    /// <summary>Bytes of a request's line that are read at all.</summary>
    public const int MaxLineRead = 2 * MaxTarget;

    /// <summary>Bytes of all headers.</summary>
    public const int MaxHeaders = 16 * 1024;

    /// <summary>Bytes of all headers that are read at all.</summary>
    public const int MaxHeadersRead = 2 * MaxHeaders;

    /// <summary>Items on a page.</summary>
    public const int MaxPageSize = 500;

    /// <summary>Items on a page when nothing is asked.</summary>
    public const int DefaultPageSize = 100;

    /// <summary>Levels of a snapshot's side.</summary>
    public const int MaxBookDepth = 1000;
}

/// <summary>Mark of routes whose body may be a whole block.</summary>
public sealed class LargeBody;
