using System.Diagnostics;
using System.Globalization;
using Market.Api.Realtime;
using Market.Bench.Sharechain;
using Market.Trading;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Bench.Streams;

/// <summary>A book of the real server that changes as often as it is asked to; every change is one message to each of its readers.
/// It does what each line of its input asks for, and prints a line of numbers.</summary>
internal sealed class FanOutGround
{
    /// <summary>The instrument whose book it is; nobody trades it.</summary>
    public const string Instrument = "FANOUT-BTC";

    /// <summary>With changes a second and how many: answered when the last is told.</summary>
    public const string Tell = "tell";

    /// <summary>Answered with the bytes that are alive once all garbage is collected, resident bytes, readers, milliseconds of
    /// processor time, kilobytes allocated and garbage collections since the start, and milliseconds paused for them.</summary>
    public const string Look = "look";

    private const int Levels = 40;
    private const long Middle = 100_000;
    private const long Quantity = 1_000_000;
    private static readonly AccountId Account = new(1);
    private static readonly InstrumentRules Rules = new() { Tick = 10, Lot = 1_000, MinQuantity = Quantity };

    private readonly Topics _topics;
    private readonly BookTopic _told;
    private readonly OrderBook _book = new(Rules, new BookLimits { MaxOrders = 1_024, MaxOrdersPerAccount = 1_024 });
    private readonly EventBuffer _events = new();
    private OrderId? _last;

    private FanOutGround(Topics topics)
    {
        _topics = topics;
        _told = new BookTopic(Instrument, TimeProvider.System);
        topics.Register(_told);
        for (var i = 1; i <= Levels; i++)
        {
            Do(Command.Limit(Account, Side.Buy, Middle - 20 * i, 100 * Quantity));
            Do(Command.Limit(Account, Side.Sell, Middle + 20 * i, 100 * Quantity));
        }
        _told.Apply(_events.Events, DateTimeOffset.UtcNow);
    }

    /// <summary>The ground on a server that serves.</summary>
    public static FanOutGround Of(WebApplication app) => new(app.Services.GetRequiredService<Topics>());

    /// <summary>Until its input ends.</summary>
    public async Task AnswerAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == Tell)
            {
                await TellAsync(
                    int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
                Console.WriteLine("0");
            }
            else Console.WriteLine(Figures());
        }
    }

    private string Figures()
    {
        var alive = Heap.Bytes(GCCollectionMode.Aggressive);
        using var own = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture,
            $"{alive} {own.WorkingSet64} {_topics.Clients} "
            + $"{own.TotalProcessorTime.TotalMilliseconds:F0} {GC.GetTotalAllocatedBytes() >> 10} {GC.CollectionCount(0)} "
            + $"{GC.GetTotalPauseDuration().TotalMilliseconds:F0}");
    }

    // Where it is late it catches up: as many are told as were asked for.
    private async Task TellAsync(int aSecond, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var told = 0; told < count; told++)
        {
            var due = TimeSpan.FromSeconds((double)told / aSecond) - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.Zero) await Task.Delay(due);
            Change(told);
        }
    }

    // An order comes and the one before it goes: two levels, as most changes of a book have.
    private void Change(int number)
    {
        _events.Clear();
        if (_last is { } last) Do(Command.Cancel(Account, last));
        var from = _events.Count;
        Do(Command.Limit(Account, Side.Buy, Middle - 20 * (number % Levels + 1) - 10, Quantity));
        _last = _events.Events[from].Order;
        _told.Apply(_events.Events, DateTimeOffset.UtcNow);
    }

    private void Do(in Command command) => _book.Execute(command, _events);
}
