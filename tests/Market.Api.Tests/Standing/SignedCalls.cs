using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;

namespace Market.Api.Tests.Standing;

/// <summary>Requests that are signed one by one.</summary>
internal static class SignedCalls
{
    private static int _serial;

    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, DateTimeOffset now, PrivateKey key, HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        var text = body is null ? "" : JsonSerializer.Serialize(body, body.GetType(), MarketJson.Options);
        // Each has a time of its own: else the same again would be a replay.
        var stamp = (now.ToUnixTimeMilliseconds() - 10_000 + Interlocked.Increment(ref _serial))
            .ToString(CultureInfo.InvariantCulture);
        var parts = path.Split('?', 2);
        var digest = SignedRequest.Digest(http.BaseAddress!.Authority, method.Method, parts[0], parts.ElementAtOrDefault(1) ?? "",
            stamp, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        request.Headers.Add(SignedRequest.KeyHeader, key.PublicKey.XOnly.ToString());
        request.Headers.Add(SignedRequest.TimestampHeader, stamp);
        request.Headers.Add(SignedRequest.SignatureHeader,
            Hex.Encode(key.SignSchnorr(digest, RandomNumberGenerator.GetBytes(32)).Span));
        return await http.SendAsync(request, cancel);
    }
}
