using Market.Client.Api;
using Market.Client.Recordings;
using Market.Contracts;
using Market.Strategies;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>A real market's streams, recorded, gone on with, and played.</summary>
public sealed class RecordTests(PostgresFixture postgres) : IDisposable
{
    private const long Price = 100_000;
    private const long Share = 100_000_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("market-record-").FullName;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_recorder_that_is_started_again_goes_on_without_a_gap_and_the_recording_plays()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await host.TraderAsync(1);
        using var bob = await host.TraderAsync(2);
        await ann.PlaceAsync("a", Side.Sell, Price, 5 * Share);
        Assert.Equal(0, await RecordAsync(host.Address, () => ann.PlaceAsync("b", Side.Sell, Price + 100, 5 * Share), 1));
        // While no recorder runs.
        await bob.PlaceAsync(bob.Order("t", Side.Buy, Price, 2 * Share));
        Assert.Equal(0, await RecordAsync(host.Address, () => bob.PlaceAsync("c", Side.Buy, Price - 1_000, Share), 3));

        var tape = new Tape(_folder, null);
        await tape.OpenAsync(Now);
        Assert.True(tape.Fees!.Mainchain.Funding.Value > 0);
        var events = new List<TapeEvent>();
        await foreach (var next in tape.ReadAsync(Now))
        {
            events.Add(next);
        }

        var traded = Assert.Single(events.OfType<TapeEvent.Traded>().DistinctBy(each => each.Trade.Id)).Trade;
        Assert.Equal(2 * Share, traded.Quantity.Units);
        Assert.Equal(3, events.OfType<TapeEvent.Change>().Count());
        var test = new BackTest(new BackTestOptions
        {
            Maker = new MakerOptions(),
            Instrument = tape.Instrument!.Id,
            Rules = tape.Instrument.Rules,
            CoinFees = new SwapFees(1, 1, 1),
            ShareFees = new SwapFees(1, 1, 1),
        });
        foreach (var next in events)
        {
            test.Take(next);
        }

        Assert.Equal((1, 0), (test.End().Trades, test.End().Gaps));
    }

    // Records until so many changes of the book are written, an action being taken once it is under way.
    private async Task<long> RecordAsync(Uri market, Func<Task> act, int changes)
    {
        using var api = new MarketApi(market);
        using var writer = new RecordingWriter(_folder, new RecordingLimits(1_000_000, 10));
        var recorder = new Recorder(
            api, writer, [await api.GetInstrumentAsync("P2SHARE-BTC", Now)], TimeProvider.System);
        await recorder.ResumeAsync(Recording.FilesIn(_folder).LastOrDefault(), Now);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Now);
        var running = recorder.RunAsync(ended.Token);
        await Eventually.TrueAsync(() => recorder.Events > 0 || running.IsCompleted, "it records");
        await act();
        await Eventually.TrueAsync(async () => await ChangesAsync() >= changes || running.IsCompleted, "the change is written");
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return recorder.Gaps;
    }

    private async Task<int> ChangesAsync()
    {
        var changes = 0;
        await foreach (var line in Recording.ReadAsync(_folder, Now))
        {
            changes += line.Event is { Type: StreamEventType.Delta } ? 1 : 0;
        }

        return changes;
    }
}
