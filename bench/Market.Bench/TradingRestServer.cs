using System.CommandLine;
using Market.Api.Chains;
using Market.Api.Hosting;
using Market.Api.Instruments;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Market.Bench;

/// <summary>The real server on a real database and quiet chains; only the coins behind orders are made up.</summary>
internal static class TradingRestServer
{
    public const string Verb = "orders-server";
    private const string AnyPort = "http://127.0.0.1:0";

    public static Command Build()
    {
        var database = new Argument<string>("database");
        var what = new Argument<string>("what");
        var command = new Command(Verb, "The server of orders, in a process of its own") { database, what };
        command.Hidden = true;
        command.SetAction((parsed, _) => parsed.GetValue(what) == BenchServer.Whole
            ? RunWholeAsync(parsed.GetValue(database)!)
            : RunAsync(parsed.GetValue(database)!));
        return command;
    }

    /// <summary>Prints the address when it serves; ends when its input does.</summary>
    private static async Task RunAsync(string database)
    {
        var scripts = new InterpreterRules();
        await using var main = await EmbeddedMainchain.OpenAsync(
            new EmbeddedMainchainOptions
            {
                TreasuryScript = Script.FromHex("0014" + new string('0', 40)),
                PremineBlocks = 0,
                Mine = false,
            }, scripts, new MemoryBlockStore(), TimeProvider.System);
        await using var shares = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, scripts, new MemoryBlockStore(), main, TimeProvider.System);
        await ServeAsync(new ServerOptions { Urls = AnyPort, Pages = false }, database, [new ChainPair(main, shares)]);
    }

    private static async Task RunWholeAsync(string database)
    {
        var options = new ServerOptions { Urls = AnyPort, Dev = true };
        await using var chains = await OpenChains.OpenAsync(options, database, TimeProvider.System);
        await ServeAsync(options, database, chains.Pairs);
    }

    private static async Task ServeAsync(ServerOptions options, string database, IReadOnlyList<ChainPair> chains)
    {
        await using var app = ServerApp.Build(
            options, database, chains, TimeProvider.System,
            adjustInstrument: services => services.AddSingleton<IOutpointSource, MadeUpCoins>());
        await app.PrepareAsync(CancellationToken.None);
        await app.StartAsync();
        foreach (var one in app.Services.GetRequiredService<InstrumentSet>().All) await one.Sequencer.Started;
        Console.WriteLine("serving " + app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!
            .Addresses.First());
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
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
