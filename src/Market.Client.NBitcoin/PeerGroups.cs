using System.Net;
using System.Net.Sockets;

namespace Market.Client.NBitcoin;

/// <summary>
/// Which addresses one party may well hold all of: an IPv4 /16 or an IPv6 /32. Two peers of one group count as one opinion.
/// </summary>
public static class PeerGroups
{
    private const int V4Bytes = 2;
    private const int V6Bytes = 4;

    /// <summary>The group of an address.</summary>
    /// <param name="peer">Where the peer is.</param>
    /// <param name="localAreMany">True on networks without value: each endpoint of this machine is a group of its own.</param>
    public static string Of(IPEndPoint peer, bool localAreMany)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var address = peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address;
        if (localAreMany && IPAddress.IsLoopback(address))
        {
            return peer.ToString();
        }

        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"{bytes[0]}.{bytes[1]}.0.0/{V4Bytes * 8}"
            : $"{Convert.ToHexString(bytes.AsSpan(0, V6Bytes))}/{V6Bytes * 8}";
    }
}
