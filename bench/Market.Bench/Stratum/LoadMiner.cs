using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HdrHistogram;
using Market.Testing.Chains;

namespace Market.Bench.Stratum;

/// <summary>A connection of a miner: hears what it is told, and sends a result when asked to.</summary>
internal sealed class LoadMiner : IDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly StratumWire _wire = new();
    private readonly ConcurrentDictionary<string, long> _sent = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _user;
    private readonly HistogramBase _times;
    private volatile TaskCompletionSource<long> _cleaned = New();
    private string? _job;
    private int _id;

    public LoadMiner(string user, HistogramBase times) => (_user, _times) = (user, times);

    /// <summary>Answers by what they said: accepted, or the code of the refusal.</summary>
    public ConcurrentDictionary<int, long> Answers { get; } = new();

    /// <summary>Results that were sent and not answered.</summary>
    public int Unanswered => _sent.Count;

    /// <summary>Done with the timestamp at which the next clean job was heard.</summary>
    public Task<long> Cleaned => _cleaned.Task;

    public void AwaitClean() => _cleaned = New();

    /// <summary>Connects; returns when there is a job.</summary>
    public async Task StartAsync(IPEndPoint server)
    {
        await _tcp.ConnectAsync(server);
        _tcp.NoDelay = true;
        _ = Task.Run(HearAsync);
        await SendAsync("mining.subscribe", "load/1");
        await SendAsync("mining.authorize", _user, "x");
        await _ready.Task;
    }

    /// <summary>Finds a result of the newest job and sends it.</summary>
    public async Task SubmitAsync()
    {
        string[] found;
        lock (_wire)
        {
            if (_job is { } job)
            {
                _wire.Hear(job);
                _wire.Jobs.RemoveRange(0, _wire.Jobs.Count - 1);
                _job = null;
            }

            found = _wire.Mine(_user, $"{Interlocked.Increment(ref _id):x8}");
        }

        await SendAsync("mining.submit", [.. found]);
    }

    public void Dispose() => _tcp.Dispose();

    private static TaskCompletionSource<long> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SendAsync(string method, params object[] parameters)
    {
        var id = $"{Interlocked.Increment(ref _id)}";
        var line = Encoding.ASCII.GetBytes(
            $$"""{"id":"{{id}}","method":"{{method}}","params":{{JsonSerializer.Serialize(parameters)}}}""" + "\n");
        if (method == "mining.submit")
        {
            _sent[id] = Stopwatch.GetTimestamp();
        }

        await _tcp.GetStream().WriteAsync(line);
    }

    private async Task HearAsync()
    {
        using var reader = new StreamReader(_tcp.GetStream());
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                var at = Stopwatch.GetTimestamp();
                lock (_wire)
                {
                    Take(line, at);
                }
            }
        }
        catch (IOException)
        {
            // It is over.
        }
    }

    private void Take(string line, long at)
    {
        // A job is read when a result is looked for: most are never used, and the miners share the server's machine.
        if (line.StartsWith("{\"id\":null,\"method\":\"mining.notify\"", StringComparison.Ordinal))
        {
            _job = line;
            _ready.TrySetResult();
            if (line.EndsWith("true]}", StringComparison.Ordinal))
            {
                _cleaned.TrySetResult(at);
            }

            return;
        }

        var (id, answer) = _wire.Hear(line);
        if (id is not null && _sent.TryRemove(id, out var sent))
        {
            Latencies.Note(_times, sent);
            var error = answer.GetProperty("error");
            Answers.AddOrUpdate(error.ValueKind == JsonValueKind.Null ? 0 : error[0].GetInt32(), 1, (_, count) => count + 1);
        }
    }
}
