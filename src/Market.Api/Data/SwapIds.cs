using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Market.Api.Data;

/// <summary>The id of the swap that settles a trade: 16 bytes in hex of SHA-256 over this market's random instance id,
/// instrument and trade. Anybody who knows the trade can name its swap, and two markets never share an id, so that keys
/// derived from it are never used twice.</summary>
public sealed class SwapIds
{
    private byte[] _instance = new byte[16];

    /// <summary>Sets this market's instance id.</summary>
    public void Restore(byte[] instance) => _instance = instance;

    /// <summary>The swap of a trade.</summary>
    public string Of(string instrument, long trade) => Convert.ToHexStringLower(SHA256.HashData(
        [.. _instance, .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{instrument}/{trade}"))])
        .AsSpan(0, 16));
}
