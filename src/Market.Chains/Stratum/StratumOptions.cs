using System.Net;

namespace Market.Chains.Stratum;

/// <summary>Where miners connect, and what is taken of them.</summary>
public sealed record StratumOptions
{
    /// <summary>The port that miners try first.</summary>
    public const int UsualPort = 3333;

    /// <summary>Where it listens: this machine alone, unless told otherwise.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, UsualPort);

    /// <summary>Connections in all.</summary>
    public int MostConnections { get; init; } = 20_000;

    /// <summary>Connections of one address.</summary>
    public int MostOfAddress { get; init; } = 1_000;

    /// <summary>Connections of one site: a network of 48 bits of IPv6, which is what one customer has.</summary>
    public int MostOfSite { get; init; } = 2_000;

    /// <summary>Where every place is taken, who had a result accepted within this time of work keeps its own.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>New connections a second of one address.</summary>
    public int MostASecond { get; init; } = 10;

    /// <summary>Lines a second that are read of one address, over all its connections, beside results that are accepted.</summary>
    public int MostLinesOfAddress { get; init; } = 1_000;

    /// <summary>Bytes that wait to be sent on one connection: one that reads more slowly is closed.</summary>
    public int MostPending { get; init; } = 256 * 1024;

    /// <summary>How long one sending may take.</summary>
    public TimeSpan SendPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Work is made anew at least so often: fees, weak shares and the clock move on.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What each connection is held to.</summary>
    public StratumRules Rules { get; init; } = new();

    /// <summary>Reads HOST:PORT, HOST or :PORT; a host is an IP address or localhost.</summary>
    /// <returns>Null where the text is something else.</returns>
    public static IPEndPoint? ReadEndPoint(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var full = text.Trim();
        full = full.StartsWith(':') ? "127.0.0.1" + full : full;
        full = full.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + full["localhost".Length..] : full;
        return !IPEndPoint.TryParse(full, out var point) ? null
            : point.Port == 0 && !full.EndsWith(":0", StringComparison.Ordinal) ? new IPEndPoint(point.Address, UsualPort)
            : point;
    }
}
