using System.Net;
using System.Text;
using System.Text.Json;
using Market.Client.Api;
using Market.Client.Recordings;
using Market.Client.Tests.Orders;
using Market.Contracts;
using Market.Strategies;
using Market.Testing.Chains;

namespace Market.Client.Tests.Recordings;

/// <summary>What is in the files after breaks, gaps, crashes and restarts.</summary>
public sealed class RecordingTests : IDisposable
{
    private const string Id = "P2SHARE-BTC";
    private const long One = Quantity.UnitsPerShare;
    private static readonly RecordingLimits Wide = new(1_000_000, 10);
    private readonly string _folder = Directory.CreateTempSubdirectory("market-recording-").FullName;
    private readonly ManualClock _clock = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_flushed_is_read_wherever_the_next_write_was_cut()
    {
        using (var writer = new RecordingWriter(_folder, Wide))
        {
            Begin(writer);
            writer.Add(new RecordedLine { Event = Book(1, (90, 5)) });
            writer.Flush("a");
            writer.Add(new RecordedLine { Event = Delta(2, (90, 4)) });
            writer.Flush("b");
            Assert.Throws<IOException>(() => new RecordingWriter(_folder, Wide));
        }

        var file = Assert.Single(Recording.FilesIn(_folder));
        var whole = await File.ReadAllBytesAsync(file, Now);
        var first = await LinesAsync(whole.Length);
        Assert.Equal(["0", "a", "b"], first.Select(line => line.Seen).Where(seen => seen is not null));
        for (var length = whole.Length - 12; length > whole.Length - 40; length -= 13)
        {
            var lines = await LinesAsync(length);
            Assert.Equal("a", lines.Last(line => line.Seen is not null).Seen);
        }

        async Task<List<RecordedLine>> LinesAsync(int length)
        {
            await File.WriteAllBytesAsync(file, whole[..length], Now);
            return await ReadAsync(file);
        }
    }

    [Fact]
    public async Task A_file_that_is_full_is_followed_by_one_that_stands_by_itself_and_the_oldest_goes()
    {
        using (var writer = new RecordingWriter(_folder, new RecordingLimits(1, 2)))
        {
            var state = new RecordedState();
            for (var i = 1; i <= 4; i++)
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                Assert.True(writer.IsFull);
                Begin(writer, state);
                var next = i == 1 ? Book(1, (90, 5)) : Delta(i, (90, 5 - i));
                Assert.Null(state.Gap(next));
                writer.Add(new RecordedLine { Event = next });
                writer.Flush($"{i}");
            }

            Assert.Equal(2, writer.Removed);
        }

        var files = Recording.FilesIn(_folder);
        Assert.Equal(2, files.Count);
        // The newest alone has the book of its beginning, and plays.
        var books = await TapeAsync(files[1]);
        Assert.Equal(3, Assert.IsType<TapeEvent.Book>(books[0]).Snapshot.Sequence);
        Assert.Equal(2 * One, ((TapeEvent.Book)books[0]).Snapshot.Bids[0].Quantity.Units);
        Assert.Equal(4, Assert.IsType<TapeEvent.Change>(books[1]).Delta.Sequence);
        Assert.Equal(4, (await TapeAsync(_folder)).Count);
    }

    [Fact]
    public async Task A_break_is_gone_on_from_and_what_the_market_does_not_tell_again_is_a_gap()
    {
        var market = new Wire(
            // Broken after two events, gone on with, broken, and begun anew.
            [("1", Book(1, (90, 5))), ("2", Delta(2, (90, 4)))],
            [("3", Delta(3, (90, 3)))],
            [("9", Book(8, (80, 1))), ("10", Delta(9, (80, 2)))]);
        await RecordAsync(market, events: 5);
        Assert.Equal([null, "2", "3"], market.Asked);
        var lines = await ReadAsync(_folder);
        var gap = Assert.Single(lines, line => line.Gap is not null).Gap!;
        Assert.Equal(("book:" + Id, Delta(3).Time), (gap.Channel, gap.Since));
        Assert.Equal([1, 2, 3, 8, 9], lines.Where(line => line.Event is not null).Select(line => line.Event!.Sequence));
        Assert.Equal("10", lines.Last(line => line.Seen is not null).Seen);

        // Started again it goes on from there, with the book as it is known.
        var again = new Wire([("11", Delta(10, (80, 3)))]);
        await RecordAsync(again, events: 1);
        Assert.Equal("10", again.Asked[0]);
        var tape = await TapeAsync(_folder);
        Assert.Equal(
            ["Book", "Change", "Change", "Gap", "Book", "Change", "Book", "Change"], tape.Select(each => each.GetType().Name));
    }

    [Fact]
    public async Task A_book_that_does_not_follow_is_asked_for_anew_and_nothing_of_it_is_written_until_then()
    {
        var market = new Wire(
            [("1", Book(1, (90, 5))), ("2", Delta(3, (90, 4)))],
            [("9", Book(8, (80, 1)))]);
        await RecordAsync(market, events: 2);
        Assert.Equal([null, null], market.Asked);
        var lines = await ReadAsync(_folder);
        Assert.Equal([1, 8], lines.Where(line => line.Event is not null).Select(line => line.Event!.Sequence));
        Assert.Single(lines, line => line.Gap is not null);
    }

    private async Task RecordAsync(Wire market, int events)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        using var api = new MarketApi(new Uri("http://market.test"), time: _clock, handler: market);
        using var writer = new RecordingWriter(_folder, Wide);
        var recorder = new Recorder(api, writer, [OrderExchange.TheInstrument], _clock);
        await recorder.ResumeAsync(Recording.FilesIn(_folder).LastOrDefault(), Now);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Now);
        var running = recorder.RunAsync(ended.Token);
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return recorder.Events >= events;
        }, "the events are written");
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static async Task<List<RecordedLine>> ReadAsync(string path)
    {
        var lines = new List<RecordedLine>();
        await foreach (var line in Recording.ReadAsync(path, Now))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static async Task<List<TapeEvent>> TapeAsync(string path)
    {
        var tape = new Tape(path, null);
        await tape.OpenAsync(Now);
        Assert.Equal(Id, tape.Instrument!.Id);
        var events = new List<TapeEvent>();
        await foreach (var next in tape.ReadAsync(Now))
        {
            events.Add(next);
        }

        return events;
    }

    private void Begin(RecordingWriter writer, RecordedState? state = null) => writer.Begin(
        new RecordedHead
        {
            Format = "market-recording",
            Version = 1,
            Server = "http://market.test/",
            Begun = _clock.Now,
            Instruments = [OrderExchange.TheInstrument],
            Fees = [],
        },
        state?.Opening() ?? [], "0");

    private static StreamEvent Book(long sequence, params (long Price, long Shares)[] bids) => Event(
        StreamEventType.Snapshot, sequence, new BookSnapshot
        {
            Instrument = Id,
            Sequence = sequence,
            Time = TimeOf(sequence),
            Bids = Levels(bids),
            Asks = [],
            Checksum = BookChecksum.Compute([.. Levels(bids)], []),
        });

    // Of books of one level.
    private static StreamEvent Delta(long sequence, params (long Price, long Shares)[] bids) => Event(
        StreamEventType.Delta, sequence, new BookDelta
        {
            Instrument = Id,
            Sequence = sequence,
            Time = TimeOf(sequence),
            Bids = Levels(bids),
            Asks = [],
            Checksum = BookChecksum.Compute([.. Levels(bids)], []),
        });

    private static List<BookLevel> Levels((long Price, long Shares)[] levels) =>
        [.. levels.Select(level => new BookLevel { Price = new(level.Price), Quantity = new(level.Shares * One), Orders = 1 })];

    private static DateTimeOffset TimeOf(long sequence) =>
        new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero) + TimeSpan.FromSeconds(sequence);

    private static StreamEvent Event<T>(StreamEventType type, long sequence, T data) => new()
    {
        Channel = Channels.Book(Id),
        Type = type,
        Sequence = sequence,
        Time = TimeOf(sequence),
        Data = JsonSerializer.SerializeToElement(data, MarketJson.Options),
    };

    /// <summary>A market whose stream breaks after so many events each time it is opened; the last stays open.</summary>
    private sealed class Wire(params (string Id, StreamEvent Event)[][] streams) : HttpMessageHandler
    {
        public List<string?> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath == Routes.Fees)
            {
                var none = new ChainFees
                {
                    Chain = ChainName.Mainchain,
                    FeeRate = 1,
                    MinRelayFeeRate = 1,
                    Funding = new(1),
                    Claim = new(1),
                    Refund = new(1),
                };
                var fees = new Fees { Instrument = Id, Maker = 0, Taker = 0, Sharechain = none, Mainchain = none };
                return new HttpResponseMessage { Content = new StringContent(JsonSerializer.Serialize(fees, MarketJson.Options)) };
            }

            if (Asked.Count >= streams.Length)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            Asked.Add(request.Headers.TryGetValues(Streams.LastEventId, out var seen) ? seen.Single() : null);
            var text = string.Concat(streams[Asked.Count - 1].Select(each =>
                $"id: {each.Id}\ndata: {JsonSerializer.Serialize(each.Event, MarketJson.Options)}\n\n"));
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(text, Encoding.UTF8, "text/event-stream"),
            };
        }
    }
}
