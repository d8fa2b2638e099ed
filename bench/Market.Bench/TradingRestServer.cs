using System.CommandLine;
using Market.Api.Hosting;
using Market.Api.Trading;
using Market.Bench.Streams;
using Market.Bitcoin;
using Market.Chains;
using Microsoft.AspNetCore.Builder;

namespace Market.Bench;

/// <summary>The real server on a real database and quiet chains; only the coins behind orders are made up.</summary>
internal static class TradingRestServer
{
    public const string Verb = "orders-server";

    public static Command Build()
    {
        var database = new Argument<string>("database");
        var what = new Argument<string>("what");
        var command = new Command(Verb, "The server of orders, in a process of its own") { database, what };
        command.Hidden = true;
        command.SetAction((parsed, _) => parsed.GetValue(what) switch
        {
            BenchServer.Whole => RunWholeAsync(parsed.GetValue(database)!),
            BenchServer.Streams => RunAsync(parsed.GetValue(database)!, app => FanOutGround.Of(app).AnswerAsync()),
            _ => RunAsync(parsed.GetValue(database)!, UntilEndAsync),
        });
        return command;
    }

    /// <summary>Prints the address when it serves; ends when its input does.</summary>
    private static async Task RunAsync(string database, Func<WebApplication, Task> until)
    {
        await using var market = await QuietMarket.StartAsync(database);
        await ServeAsync(market.App, until);
    }

    private static async Task RunWholeAsync(string database)
    {
        var options = new ServerOptions { Urls = QuietMarket.AnyPort, Dev = true };
        await using var chains = await OpenChains.OpenAsync(options, database, TimeProvider.System);
        await using var app = await QuietMarket.StartAsync(options, database, chains.Pairs);
        await ServeAsync(app, UntilEndAsync);
        await app.StopAsync();
    }

    private static Task UntilEndAsync(WebApplication app) => Console.In.ReadToEndAsync();

    private static Task ServeAsync(WebApplication app, Func<WebApplication, Task> until)
    {
        Console.WriteLine("serving " + QuietMarket.AddressOf(app));
        return until(app);
    }
}

/// <summary>Coins whose txid holds the owner's hash160, so that both processes know them without telling.</summary>
internal sealed class MadeUpCoins : IOutpointSource
{
    public const long Worth = 100_000_000_000;

    public static OutPoint Make(PublicKey owner, uint serial)
    {
        Span<byte> id = stackalloc byte[32];
        id.Clear();
        owner.Hash160.CopyTo(id);
        return new OutPoint(new TxId(new Hash256(id)), serial);
    }

    public int CoinbaseMaturity(ChainKind chain) => 5;

    public ValueTask<UnspentOutput?> FindAsync(ChainKind chain, OutPoint outPoint, CancellationToken cancel) =>
        ValueTask.FromResult<UnspentOutput?>(new UnspentOutput(outPoint,
            new TxOut(new Amount(Worth), Script.P2wpkh(new Hash160(outPoint.TxId.Value.ToArray().AsSpan(0, 20)))), 10, false, 10));
}
