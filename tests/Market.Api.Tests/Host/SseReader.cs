using System.Text.Json;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Api.Tests.Host;

/// <summary>Reads server-sent events as they stand on the wire.</summary>
public sealed class SseReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;
    private readonly CancellationTokenSource _patience = new(Eventually.Patience);

    private SseReader(HttpResponseMessage response, StreamReader lines) => (_response, _lines) = (response, lines);

    /// <summary>The id of the last event; null before the first.</summary>
    public string? Id { get; private set; }

    public static async Task<SseReader> OpenAsync(HttpClient http, string channels, string? since = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Streams.SsePath}?channels={channels}");
        if (since is not null) request.Headers.Add(Streams.LastEventId, since);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new SseReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    public async Task<StreamEvent> NextAsync()
    {
        while (await _lines.ReadLineAsync(_patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) Id = line[4..];
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return JsonSerializer.Deserialize<StreamEvent>(line[6..], MarketJson.Options)!;
        }
        throw new InvalidOperationException("The stream ended.");
    }

    public ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _response.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }
}
