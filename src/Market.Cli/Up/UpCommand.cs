using System.CommandLine;
using Market.Bitcoin;
using Market.Chains.Storage;
using Market.Cli.Common;
using Spectre.Console;

namespace Market.Cli.Up;

/// <summary>`market up`: the server, and on a devnet demo miners and bots, until interrupted.</summary>
public static class UpCommand
{
    private const int DefaultPort = 8080;

    private static readonly Option<Uri?> Urls = new("--urls")
    {
        Description = $"Where to listen; default http://127.0.0.1:{DefaultPort}, or the next free port",
        CustomParser = result => CommonOptions.ParseAddress(result),
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The folder of the database, demo wallets and logs",
        DefaultValueFactory = _ => Path.Combine(Directory.GetCurrentDirectory(), "data"),
    };

    private static readonly Option<string?> Database = new("--database")
    {
        Description = "A PostgreSQL connection string, in place of a private cluster under the data folder",
    };

    private static readonly Option<string[]> Sharechains = new("--sharechain")
    {
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        Description = "The sharechain whose shares are traded, such as p2share; again for each further one. With the "
            + $"demo, whose people trade them all, {string.Join(" and ", Demo.Usual)} unless it is given",
    };

    private static readonly Option<string?> Mainchain = new("--mainchain")
    {
        Description = "JSON-RPC address of a Bitcoin node (http://user:password@host:port), in place of the embedded chain",
    };

    private static readonly Option<string?> MainchainSecond = new("--mainchain-second")
    {
        Description = "JSON-RPC address of another Bitcoin node; no orders are taken where the two disagree",
    };

    private static readonly Option<string?> Shares = new("--shares")
    {
        Description = "Other nodes of the sharechain, URL,URL: followed, and offered what is handed in here; needs --mainchain",
    };

    private static readonly Option<string?> P2PoolV2 = new("--p2poolv2")
    {
        Description = "A p2poolv2 node's interface (http://user:password@host:port): read, and shown beside the own sharechains",
    };

    private static readonly Option<string?> SignetChallenge = new("--signet-challenge")
    {
        Description = "The challenge of a signet of one's own, in hexadecimal digits such as 51; needs --network signet",
    };

    private static readonly Option<string?> Stratum = new("--stratum")
    {
        Description = "Where miners connect by Stratum: HOST:PORT, such as 0.0.0.0:3333; nowhere unless it is given",
    };

    private static readonly Option<string?> Metrics = new("--metrics")
    {
        Description = "Where Prometheus asks for /metrics: ADDRESS:PORT, such as 127.0.0.1:9464; nowhere unless it is given",
    };

    private static readonly Option<string?> Operator = new("--operator")
    {
        Description = "The account key that may read the refusals of all accounts (market audit)",
    };

    private static readonly Option<string?> Proxy = new("--proxy")
    {
        Description = "Address of the proxy in front of this server: from it alone X-Forwarded-For is believed",
    };

    private static readonly Option<string?> Host = new("--host")
    {
        Description = "Names that the market answers to, NAME,NAME: what traders sign names one of them",
    };

    private static readonly Option<string?> LimitLoopback = new("--limit-loopback")
    {
        Description = "yes or no: bound this machine's own address like any other; yes with --proxy, else no",
    };

    private static readonly Option<string?> Network = new("--network")
    {
        Description = $"{NetworkProfile.Names}: the chains that the market is for; all but devnet and regtest need --mainchain",
    };

    private static readonly Option<bool> NoDemo = new("--no-demo")
    {
        Description = "Only the market: no demo miners and bots",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("up", "Run the market here, with demo miners and bots on embedded chains")
        {
            Urls, Data, Database, Sharechains, Mainchain, MainchainSecond, Shares, P2PoolV2, Network, SignetChallenge, Stratum,
            Metrics, Operator, Proxy, Host, LimitLoopback, NoDemo,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var data = Path.GetFullPath(arguments.GetValue(Data)!);
        PrivateFolder.Data(data);
        var url = arguments.GetValue(Urls) ?? new Uri($"http://127.0.0.1:{ServerProcess.FreePort(DefaultPort)}");
        ServerProcess.RequireFree(url);
        var hasDemo = !arguments.GetValue(NoDemo) && arguments.GetValue(Mainchain) is null
            && (arguments.GetValue(Network) is null or Demo.Network);
        var sharechains = SharechainsOf(arguments.GetValue(Sharechains), hasDemo);
        // What is not traded the server refuses, in its own words.
        await using var demo = hasDemo && Demo.AreTraded(sharechains) ? new Demo(data, sharechains, output.Progress) : null;
        output.Progress($"Starting the market; data in {data}");
        string[] serverArguments = [.. ServerArguments(arguments, data, sharechains, demo)];
        Task<ServerProcess> StartAsync(CancellationToken stop) => ServerProcess.StartAsync(
            ServerProcess.Assembly(), url, serverArguments, data, output.Progress, stop);
        var server = await StartAsync(cancellation);
        output.Progress($"Log: {server.LogPath}");
        foreach (var warning in server.Warnings)
        {
            output.Progress(warning);
        }

        output.Result(
            new { url = url.ToString(), data, demo = demo is not null },
            console => console.WriteLine(
                $"\n  Market is running: {url}\n"
                + (url.Port == DefaultPort ? "" : $"  For the other verbs: export MARKET_SERVER={url}\n")
                + "  Stop it with Ctrl-C.\n"));
        var keeper = new ServerKeeper(
            async stop => await StartAsync(stop), output.Progress, CliSession.Clock, new KeeperRules());
        await RunAsync(
            keeper, server,
            stop => demo?.RunAsync(url, stop) ?? Task.Delay(Timeout.InfiniteTimeSpan, CliSession.Clock, stop),
            output, cancellation);
        return 0;
    }

    /// <summary>Keeps the server up and its people at work, until interrupted or until one of both ends for good.</summary>
    private static async Task RunAsync(
        ServerKeeper keeper, ServerProcess server, Func<CancellationToken, Task> work, Output output,
        CancellationToken cancellation)
    {
        using var stopServer = new CancellationTokenSource();
        using var stopPeople = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var keeping = keeper.KeepAsync(server, stopServer.Token);
        var people = work(stopPeople.Token);
        await Task.WhenAny(keeping, people);
        output.Progress("Stopping ...");
        // People first: they take their orders out of the book, which needs the server.
        await stopPeople.CancelAsync();
        await people.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await stopServer.CancelAsync();
        await keeping;
        if (!cancellation.IsCancellationRequested)
        {
            await people;
        }
    }

    /// <summary>The sharechains that are traded: those that are named, else the demo's, else none, which stands for the network's
    /// own.</summary>
    internal static IReadOnlyList<string> SharechainsOf(string[]? named, bool hasDemo) =>
        named is { Length: > 0 } ? named : hasDemo ? Demo.Usual : [];

    private static IEnumerable<string> ServerArguments(
        ParseResult arguments, string data, IEnumerable<string> sharechains, Demo? demo)
    {
        yield return "--data";
        yield return data;
        if (demo is not null)
        {
            yield return "--treasury";
            yield return demo.TreasuryScript().ToString();
        }

        foreach (var sharechain in sharechains)
        {
            yield return "--sharechain";
            yield return sharechain;
        }

        var handedOn = new[]
        {
            Database, Mainchain, MainchainSecond, Shares, P2PoolV2, Network, SignetChallenge, Stratum, Metrics, Operator, Proxy,
            Host, LimitLoopback,
        };
        foreach (var option in handedOn)
        {
            if (arguments.GetValue(option) is { } value)
            {
                yield return option.Name;
                yield return value;
            }
        }
    }
}
