using System.Net;
using System.Net.Sockets;

namespace Market.Api.Doors.Clients;

/// <summary>Who asks, as far as bounds go: an IPv4 address, or the /64 that one subscriber of IPv6 is given (RFC 6177).</summary>
public readonly record struct ClientAddress
{
    private const int NetworkBytes = 8;
    private const int SiteBytes = 6;

    private ClientAddress(IPAddress network) => Network = network;

    /// <summary>The address, or the first one of its /64.</summary>
    public IPAddress Network { get; }

    /// <summary>The network that one site is given at most: an IPv4 address, or the /48 of IPv6 that the address is in (RFC 6177).
    /// </summary>
    public string Site
    {
        get
        {
            if (Network.AddressFamily != AddressFamily.InterNetworkV6 || IsLoopback) return ToString();
            Span<byte> bytes = stackalloc byte[16];
            Network.TryWriteBytes(bytes, out _);
            bytes[SiteBytes..].Clear();
            return $"{new IPAddress(bytes)}/{8 * SiteBytes}";
        }
    }

    /// <summary>Whether it is this machine.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Network);

    /// <summary>The client behind an address. All that have none, as over a Unix socket, are one client.</summary>
    public static ClientAddress Of(IPAddress? address)
    {
        if (address is null) return new ClientAddress(IPAddress.None);
        if (address.IsIPv4MappedToIPv6) return new ClientAddress(address.MapToIPv4());
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return new ClientAddress(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[NetworkBytes..].Clear();
        return new ClientAddress(new IPAddress(bytes));
    }

    /// <summary>The client of a request: behind a named proxy, whom the proxy says it asks for.</summary>
    public static ClientAddress Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Of(context.Connection.RemoteIpAddress);
    }

    /// <inheritdoc/>
    public override string ToString() => Network.AddressFamily == AddressFamily.InterNetworkV6 && !IsLoopback
        ? $"{Network}/{8 * NetworkBytes}"
        : Network.ToString();
}
