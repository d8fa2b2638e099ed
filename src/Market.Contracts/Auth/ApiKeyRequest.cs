using System.Security.Cryptography;
using System.Text;

namespace Market.Contracts;

/// <summary>How a single request is authenticated by an API key: three headers, with the text of <see cref="SignedRequest"/>.
/// </summary>
public static class ApiKeyRequest
{
    /// <summary>The key's id. Beside it stand <see cref="SignedRequest.TimestampHeader"/> and, with hex of <see cref="Code"/>,
    /// <see cref="SignedRequest.SignatureHeader"/>.</summary>
    public const string KeyHeader = "Market-Api-Key";

    /// <summary>HMAC-SHA256 of the text's UTF-8 under the secret's characters as they stand: 32 bytes.</summary>
    /// <param name="secret">The secret as it was told; its hex is not decoded.</param>
    /// <param name="text">See <see cref="SignedRequest.Text"/>.</param>
    public static byte[] Code(string secret, string text) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text));

    /// <summary>What stands behind the text of a hub's sign-in: a GET of the hub's path with neither query nor body.</summary>
    /// <param name="host">As the connection's request names it.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    public static string HubText(string host, string timestamp) => TextOf(host, Streams.HubPath, timestamp);

    /// <summary>The same of a sign-in over the plain WebSocket: a GET of its path.</summary>
    /// <param name="host">As the connection's request names it.</param>
    /// <param name="timestamp">Unix milliseconds.</param>
    public static string SocketText(string host, string timestamp) => TextOf(host, Streams.SocketPath, timestamp);

    private static string TextOf(string host, string path, string timestamp) => SignedRequest.Text(
        host, "GET", path, "", timestamp, Convert.ToHexStringLower(SHA256.HashData([])));
}
