using System.Diagnostics;

namespace Market.Bench;

/// <summary>Starts <see cref="TradingRestServer"/> in a process of its own, and counts what it writes.</summary>
internal static class BenchServer
{
    /// <summary>Quiet chains in memory, and no pages.</summary>
    public const string OrdersAlone = "orders";

    /// <summary>Chains that are kept and grow, pages, and routes that mine.</summary>
    public const string Whole = "whole";

    /// <summary>As <see cref="OrdersAlone"/>, with a channel that tells as much as it is asked to:
    /// <see cref="Streams.FanOutGround"/>.
    /// </summary>
    public const string Streams = "streams";

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="what"><see cref="OrdersAlone"/> or <see cref="Whole"/>.</param>
    public static async Task<(Process Server, Uri Address, LogMeter Log)> StartAsync(string database, string what)
    {
        var (server, address) = await OpenAsync(database, what);
        return (server, address, new LogMeter(server.StandardOutput));
    }

    /// <summary>As the other; what it writes is the caller's to read.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="what"><see cref="Streams"/>.</param>
    public static async Task<(Process Server, Uri Address)> OpenAsync(string database, string what)
    {
        var program = typeof(TradingRestServer).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [program, TradingRestServer.Verb, database, what])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["DOTNET_gcServer"] = "1",
                ["DOTNET_gcConcurrent"] = "1",
                ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "0",
            },
        };
        var server = Process.Start(start)!;
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("serving ", StringComparison.Ordinal))
                return (server, new Uri(line["serving ".Length..]));
        }
        throw new InvalidOperationException("The server did not start.");
    }
}

/// <summary>Reads a program's log to its end and counts it.</summary>
internal sealed class LogMeter
{
    private const int FirstLines = 20;
    private readonly Lock _gate = new();
    private readonly List<string> _first = [];
    private long _characters;

    public LogMeter(StreamReader log) => _ = ReadAsync(log);

    /// <summary>Characters so far.</summary>
    public long Characters => Interlocked.Read(ref _characters);

    /// <summary>The first lines, which tell what a loud log is about.</summary>
    public IReadOnlyList<string> First()
    {
        lock (_gate) return [.. _first];
    }

    private async Task ReadAsync(StreamReader log)
    {
        while (await log.ReadLineAsync() is { } line)
        {
            Interlocked.Add(ref _characters, line.Length + 1);
            lock (_gate)
            {
                if (_first.Count < FirstLines) _first.Add(line);
            }
        }
    }
}
