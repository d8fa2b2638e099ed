using System.Globalization;

namespace Market.Web;

/// <summary>Where a miner is pointed at, as its settings ask for it.</summary>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
/// <param name="User">The user name without a worker's: the address, or what stands for it.</param>
/// <param name="IsNearOnly">True where the server listens to its own machine alone.</param>
public sealed record MinerSetting(string Host, int Port, string User, bool IsNearOnly)
{
    /// <summary>What stands for an address that is not known yet.</summary>
    public const string NoAddress = "YOUR-ADDRESS";

    /// <summary>Made from where a server listens.</summary>
    /// <param name="listens">"host:port", "[host]:port"; null for nowhere.</param>
    /// <param name="reached">The name by which the reader reached the server: taken where it listens on all of its
    /// machine's.</param>
    /// <param name="address">The miner's address; null where it is not known.</param>
    public static MinerSetting? Of(string? listens, string reached, string? address)
    {
        if (listens is null) return null;
        var colon = listens.LastIndexOf(':');
        var host = listens[..colon].Trim('[', ']');
        var port = int.Parse(listens.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        var isEvery = host is "0.0.0.0" or "::";
        var isNear = host == "::1" || host.StartsWith("127.", StringComparison.Ordinal);
        return new MinerSetting(isEvery ? reached : host, port, address ?? NoAddress, isNear);
    }

    /// <summary>Host and port as one.</summary>
    public string Target => Host.Contains(':', StringComparison.Ordinal) && !Host.StartsWith('[')
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
