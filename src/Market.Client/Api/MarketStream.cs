using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Market.Chains;
using Market.Contracts;

namespace Market.Client.Api;

/// <summary>
/// The market's server-sent events, without end: a broken connection is opened again after the last event that was seen. A channel
/// goes on from there where the market still has what came after, and begins with a snapshot where it has not: a reader needs no
/// more than to take snapshots as they come.
/// </summary>
/// <param name="api">The market, and the account for private channels.</param>
/// <param name="time">The clock of the pauses.</param>
public sealed class MarketStream(MarketApi api, TimeProvider? time = null)
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private bool _anew;

    /// <summary>Told of each break with its reason, before the next try.</summary>
    public Action<string>? OnBreak { get; init; }

    /// <summary>Where the streams stand: the id of the last event that was handed over. Given to another stream of the same
    /// channels it goes on from there.</summary>
    public string? Seen { get; set; }

    /// <summary>The reader has lost its place: the stream is opened anew, with snapshots, once the event that it has is dealt with.
    /// </summary>
    public void Resync() => _anew = true;

    /// <summary>Events of the channels until cancelled.</summary>
    /// <param name="channels">Names made by <see cref="Channels"/>.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="MarketApiException">The market refuses the subscription, not for being busy; trying again would not
    /// help.</exception>
    public async IAsyncEnumerable<StreamEvent> ReadAsync(
        IReadOnlyCollection<string> channels, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var pauses = new Backoff(_time, LeastPause, LongestPause);
        while (!cancellation.IsCancellationRequested)
        {
            HttpResponseMessage? answer = null;
            var why = "the market closed the stream";
            try
            {
                answer = await OpenAsync(channels, Seen, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or MarketUnavailableException
                or MarketApiException { Problem.Status: 429 or 503 }
                || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
            {
                why = e.Message;
            }

            if (answer is not null)
            {
                using (answer)
                {
                    await using var events = ParseAsync(answer, cancellation).GetAsyncEnumerator(cancellation);
                    while (true)
                    {
                        try
                        {
                            if (!await events.MoveNextAsync().ConfigureAwait(false))
                            {
                                break;
                            }
                        }
                        catch (Exception e) when (!cancellation.IsCancellationRequested
                            && e is IOException or HttpRequestException or JsonException)
                        {
                            why = e.Message;
                            break;
                        }

                        pauses.Reset();
                        Seen = events.Current.EventId ?? Seen;
                        if (events.Current.Data is { Type: not StreamEventType.Resumed } told)
                        {
                            yield return told;
                        }

                        if (_anew)
                        {
                            (_anew, Seen, why) = (false, null, "the reader lost its place");
                            break;
                        }
                    }
                }
            }

            OnBreak?.Invoke(why);
            await pauses.PauseAsync(cancellation).ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private Task<HttpResponseMessage> OpenAsync(
        IReadOnlyCollection<string> channels, string? seen, CancellationToken cancellation)
    {
        var path = $"{Streams.SsePath}?channels={Uri.EscapeDataString(string.Join(',', channels))}";
        var request = api.Account is null
            ? new HttpRequestMessage(HttpMethod.Get, path)
            : api.Sign(HttpMethod.Get, path, []);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (seen is not null)
        {
            request.Headers.Add(Streams.LastEventId, seen);
        }

        return api.OpenAsync(request, cancellation);
    }

    private static async IAsyncEnumerable<SseItem<StreamEvent>> ParseAsync(
        HttpResponseMessage answer, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellation).ConfigureAwait(false))
        {
            // A line of comment keeps the connection alive and carries nothing.
            if (item.Data.Length > 0 && JsonSerializer.Deserialize<StreamEvent>(item.Data, MarketJson.Options) is { } read)
            {
                yield return new SseItem<StreamEvent>(read, item.EventType) { EventId = item.EventId };
            }
        }
    }
}
