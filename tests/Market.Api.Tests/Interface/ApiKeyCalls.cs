using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Market.Contracts;

namespace Market.Api.Tests.Interface;

/// <summary>Requests that an API key authenticates, as a bot writes them: without the product's client.</summary>
internal static class ApiKeyCalls
{
    private static int _serial;

    /// <summary>A timestamp of its own near a time: else the same again would be a replay.</summary>
    public static string Stamp(DateTimeOffset now) =>
        DecimalStrings.Format(now.ToUnixTimeMilliseconds() - 10_000 + Interlocked.Increment(ref _serial));

    public static HttpRequestMessage Request(
        Uri server, CreatedApiKey key, string stamp, HttpMethod method, string path, object? body = null, string? host = null)
    {
        var text = body as string ?? (body is null ? "" : JsonSerializer.Serialize(body, body.GetType(), MarketJson.Options));
        var parts = path.Split('?', 2);
        var signed = string.Join('\n', "market/request/v2", host ?? server.Authority, method.Method, parts[0],
            parts.ElementAtOrDefault(1) ?? "", stamp, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), "");
        var request = new HttpRequestMessage(method, new Uri(server, path));
        if (body is not null) request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        request.Headers.Add("Market-Api-Key", key.Key.Id);
        request.Headers.Add("Market-Timestamp", stamp);
        request.Headers.Add("Market-Signature", CodeOf(key.Secret, signed));
        return request;
    }

    public static string CodeOf(string secret, string text) => Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, DateTimeOffset now, CreatedApiKey key, HttpMethod method, string path, object? body = null)
    {
        using var request = Request(http.BaseAddress!, key, Stamp(now), method, path, body);
        return await http.SendAsync(request);
    }

    public static async Task<string?> CodeAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode) return null;
        return JsonSerializer.Deserialize<Problem>(await response.Content.ReadAsStringAsync(), MarketJson.Options)!.Code;
    }
}
