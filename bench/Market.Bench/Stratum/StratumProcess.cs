using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Market.Bench.Stratum;

/// <summary>The other end of <see cref="StratumGround"/>'s process, which has the collector that the market's server has.</summary>
internal sealed class StratumProcess : IAsyncDisposable
{
    private const string InlineVariable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private readonly Process _process;

    private StratumProcess(Process process, int port) =>
        (_process, EndPoint) = (process, new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Where miners connect.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Lets this process read on the threads that hear of what came, without handing each line to another one. Before it
    /// opens its first socket; the server does not inherit it.</summary>
    public static void ReadWhereItComes() => Environment.SetEnvironmentVariable(InlineVariable, "1");

    /// <summary>Starts it.</summary>
    /// <param name="difficulty">Of a result.</param>
    public static async Task<StratumProcess> StartAsync(double difficulty)
    {
        var program = typeof(StratumProcess).Assembly.Location;
        var start = new ProcessStartInfo(
            "dotnet", [program, StratumGround.Verb, difficulty.ToString("R", CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["DOTNET_gcServer"] = "1",
                ["DOTNET_gcConcurrent"] = "1",
                [InlineVariable] = "0",
            },
        };
        var process = Process.Start(start)!;
        var port = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The server did not start.");
        return new StratumProcess(process, int.Parse(port, CultureInfo.InvariantCulture));
    }

    /// <summary>Asks it for something.</summary>
    /// <param name="what">A line.</param>
    /// <returns>The numbers of its answer.</returns>
    public async Task<long[]> AskAsync(string what)
    {
        await _process.StandardInput.WriteLineAsync(what);
        await _process.StandardInput.FlushAsync();
        var answer = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server ended.");
        return [.. answer.Split(' ').Select(each => long.Parse(each, CultureInfo.InvariantCulture))];
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
