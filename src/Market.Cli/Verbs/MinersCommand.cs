using System.CommandLine;
using System.Globalization;
using System.Net;
using Market.Chains.Stratum;
using Market.Cli.Common;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market miners`: the workers of an address at a Stratum server, and what to type into a miner.</summary>
public static class MinersCommand
{
    private const int Minutes = 0;
    private const int Hour = 1;
    private const int Day = 2;
    private static readonly string[] Units = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s", "PH/s", "EH/s"];

    private static readonly Argument<string?> Address = new("ADDRESS")
    {
        Description = "The sharechain address that the miners work for; without it only what the server says of itself and "
            + "of every sharechain that is mined there",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<IPEndPoint?> Stratum = CommonOptions.Stratum(
        $"The Stratum server, HOST:PORT (127.0.0.1:{StratumOptions.UsualPort})");

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("miners", "Show the workers of an address, and what to type into a miner") { Address, Stratum };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>A hash rate with its error, such as "1.2 TH/s +-18 %"; a dash before the first result.</summary>
    public static string Words(HashRate rate)
    {
        if (rate.HashesPerSecond <= 0)
        {
            return "-";
        }

        var unit = (int)Math.Clamp(Math.Log10(rate.HashesPerSecond) / 3, 0, Units.Length - 1);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rate.HashesPerSecond / Math.Pow(1000, unit):0.##} {Units[unit]} +-{100 * rate.RelativeError:0} %");
    }

    /// <summary>A span of time as people say it: "40 s", "12 min", "3 h", "9 days", "2,400 years".</summary>
    public static string Words(double? seconds) => seconds switch
    {
        null => "-",
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 7_200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600:0} h"),
        < 63_072_000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0} days"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 31_536_000:N0} years"),
    };

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var server = arguments.GetValue(Stratum) ?? new IPEndPoint(IPAddress.Loopback, StratumOptions.UsualPort);
        var address = arguments.GetValue(Address);
        var report = await StratumQuery.AskAsync(
            server.Address.ToString(), server.Port, address, CliSession.Clock, cancellation);
        if (address is not null && report.Sharechains.IsEmpty)
        {
            throw new CliException("not-mined", await WhyNotAsync(server, address, cancellation));
        }

        output.Result(report, console => Draw(console, report));
        output.Progress(HowTo(server, address ?? "<your sharechain address>"));
        return 0;
    }

    private static async Task<string> WhyNotAsync(IPEndPoint server, string address, CancellationToken cancellation)
    {
        var all = await StratumQuery.AskAsync(server.Address.ToString(), server.Port, null, CliSession.Clock, cancellation);
        var names = string.Join(", ", all.Sharechains.Select(each => each.Sharechain));
        return $"{address} is no address of what is mined at {server} ({names}), or one that reads the same on several of these: "
            + "name a bech32 address of one.";
    }

    /// <summary>What a server says, for people.</summary>
    internal static void Draw(IAnsiConsole console, MinersReport report)
    {
        console.WriteLine($"{Connections(report.Connections)} in all.");
        foreach (var chain in report.Sharechains)
        {
            console.WriteLine($"{chain.Sharechain}: {Connections(chain.Connections)}. {chain.Waiting ?? "Work is given out."}");
            if (!chain.Workers.IsEmpty)
            {
                console.Write(TableOf(chain));
                console.WriteLine(Expected(chain));
            }

            foreach (var block in chain.Blocks)
            {
                console.WriteLine($"{Figures.Time(block.At)} Bitcoin block {block.Id}: {block.Fate}");
            }
        }
    }

    private static string Connections(int count) => count == 1 ? "1 connection" : $"{count} connections";

    private static string Expected(MinersChain chain)
    {
        var rate = chain.Workers.Sum(worker => Newest(worker).HashesPerSecond);
        var who = chain.Workers.Length < chain.AllWorkers
            ? $"These are {Number(chain.Workers.Length)} of {Number(chain.AllWorkers)} workers, those that came first. "
                + "Of these together"
            : "Together";
        return $"{who} a share block is expected in {Words(MinersReport.Expected(chain.ShareDifficulty, rate))}, "
            + $"a Bitcoin block in {Words(MinersReport.Expected(chain.MainDifficulty, rate))}.";
    }

    private static Table TableOf(MinersChain report)
    {
        var table = new Table();
        table.AddColumns("worker", "5 min", "1 h", "1 d", "accepted", "late", "rejected", "share blocks", "best", "next block");
        foreach (var worker in report.Workers)
        {
            table.AddRow(
                Markup.Escape(Name(worker)), Words(worker.Rates[Minutes]), Words(worker.Rates[Hour]), Words(worker.Rates[Day]),
                Number(worker.Accepted), Number(worker.Stale), Markup.Escape(Rejected(worker)), Number(worker.Shares),
                worker.Best.ToString("G4", CultureInfo.InvariantCulture),
                Words(MinersReport.Expected(report.ShareDifficulty, Newest(worker).HashesPerSecond)));
        }

        return table;
    }

    private static HashRate Newest(MinersWorker worker) =>
        worker.Rates[Minutes].HashesPerSecond > 0 ? worker.Rates[Minutes] : worker.Rates[Hour];

    /// <summary>A worker's name and program, which are strangers' text: nothing in it moves a terminal's cursor.</summary>
    internal static string Name(MinersWorker worker) => string.Concat(
        $"{(worker.Name.Length > 0 ? worker.Name : "(no name)")} {worker.Agent}{(worker.Connections > 0 ? "" : " (away)")}"
            .Where(letter => !char.IsControl(letter)));

    private static string Rejected(MinersWorker worker) => worker.Rejected.IsEmpty
        ? "0"
        : string.Join(", ", worker.Rejected.Select(each => $"{each.Key} {each.Value}"));

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string HowTo(IPEndPoint server, string address) =>
        $"""
        What to type into a miner (127.0.0.1 is this machine's alone; for others the server is started with --stratum
        0.0.0.0:{server.Port}, and its address stands here):
          Bitaxe:    Stratum Host {server.Address}, Stratum Port {server.Port}, User {address}.bitaxe, Password x
          NerdMiner: Pool url {server.Address}, Pool port {server.Port}, Your BTC address {address}.nerd, Pool password d=0.0002
          cgminer:   cgminer -o stratum+tcp://{server} -u {address}.rig -p x
        Each name behind the dot is a worker of its own. A password d=NUMBER names the difficulty to begin with, and
        key=ACCOUNT the account (64 hex digits) that the shares earn standing for.
        """;
}
