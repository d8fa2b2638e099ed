using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Chains.Stratum;
using Market.Sharechain;

namespace Market.Bench.Stratum;

/// <summary>
/// A devnet in memory and its Stratum server, in a process of its own: it prints its port, and then does what each line of its
/// input asks for, and prints an answer.
/// </summary>
internal sealed class StratumGround : IAsyncDisposable
{
    /// <summary>The verb that starts it.</summary>
    public const string Verb = "stratum-server";

    /// <summary>Finds a Bitcoin block; answered with the timestamp at which the mainchain told of it.</summary>
    public const string Mine = "mine";

    /// <summary>Answered with the sharechain's height, the megabytes that it has, its milliseconds of processor time, those for
    /// which it stood still to collect garbage, and the kilobytes that it allocated, since it began.</summary>
    public const string Look = "look";

    private readonly EmbeddedMainchain _main;
    private readonly ShareNode _shares;
    private readonly StratumServer _server;

    private StratumGround(EmbeddedMainchain main, ShareNode shares, StratumServer server) =>
        (_main, _shares, _server) = (main, shares, server);

    public static Command Build()
    {
        var difficulty = new Argument<double>("difficulty");
        var command = new Command(Verb, "The server of miners, in a process of its own") { difficulty };
        command.Hidden = true;
        command.SetAction(async (parsed, stop) =>
        {
            await using var ground = await OpenAsync(parsed.GetValue(difficulty));
            Console.WriteLine(ground._server.EndPoint.Port);
            while (await Console.In.ReadLineAsync(stop) is { } line)
            {
                Console.WriteLine(await ground.AnswerAsync(line, stop));
            }
        });
        return command;
    }

    /// <summary>A script that is paid.</summary>
    public static Script Payee(int number) => Script.P2wsh(new Script(new byte[] { 0x02, (byte)number, (byte)(number >> 8) }));

    /// <summary>How its sharechain writes the address of a script that is paid.</summary>
    public static string AddressOf(int number) =>
        BitcoinAddress.FromScript(Payee(number), SharechainProfiles.P2ShareDevnet.Addresses).ToString();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _shares.DisposeAsync();
        await _main.DisposeAsync();
    }

    private static async Task<StratumGround> OpenAsync(double difficulty)
    {
        var options = new EmbeddedMainchainOptions { TreasuryScript = Payee(0), Mine = false };
        var main = await EmbeddedMainchain.OpenAsync(
            options, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System);
        var shares = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), main, TimeProvider.System);
        var server = new StratumServer(
            shares, main,
            new StratumOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                MostOfAddress = int.MaxValue,
                MostASecond = int.MaxValue,
                Rules = new StratumRules { StartDifficulty = difficulty, LeastDifficulty = difficulty },
            },
            TimeProvider.System);
        server.Start();
        return new StratumGround(main, shares, server);
    }

    private async Task<string> AnswerAsync(string line, CancellationToken stop)
    {
        if (line == Mine)
        {
            var told = ListenAsync(stop);
            await _main.MineAsync(1, Payee(0), cancellation: stop);
            return (await told).ToString(CultureInfo.InvariantCulture);
        }

        using var own = Process.GetCurrentProcess();
        var height = (await _shares.GetTipAsync(stop)).Height;
        return string.Create(
            CultureInfo.InvariantCulture, $"{height} {own.WorkingSet64 >> 20} {own.TotalProcessorTime.TotalMilliseconds:F0} "
            + $"{GC.GetTotalPauseDuration().TotalMilliseconds:F0} {GC.GetTotalAllocatedBytes() >> 10}");
    }

    private async Task<long> ListenAsync(CancellationToken stop)
    {
        await foreach (var happened in _main.SubscribeAsync(stop))
        {
            if (happened is ChainEvent.TipChanged)
            {
                return Stopwatch.GetTimestamp();
            }
        }

        throw new InvalidOperationException("The mainchain tells nothing more.");
    }
}
