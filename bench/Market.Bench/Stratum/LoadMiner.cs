using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HdrHistogram;
using Market.Testing.Chains;

namespace Market.Bench.Stratum;

/// <summary>
/// A connection of a miner: hears what it is told, and sends a result when asked to. Thousands of them share the cores with the
/// server, each of which would have a machine of its own: so they read bytes into a buffer of their own, and take a job apart only
/// when they look for a result of it.
/// </summary>
internal sealed class LoadMiner : IDisposable
{
    private const int LongestLine = 16 * 1024;
    private const int UsualLine = 2 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly StratumWire _wire = new();
    private readonly ConcurrentDictionary<int, long> _sent = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _user;
    private readonly HistogramBase _times;
    private readonly HistogramBase _starts;
    private readonly Lock _newest = new();
    private volatile TaskCompletionSource<long> _cleaned = New();
    private byte[] _heard = new byte[UsualLine];
    private byte[] _job = new byte[UsualLine];
    private int _jobLength;
    private int _id;

    /// <param name="user">Its user name.</param>
    /// <param name="times">How long answers took is noted there.</param>
    /// <param name="starts">How late results were sent.</param>
    public LoadMiner(string user, HistogramBase times, HistogramBase starts) => (_user, _times, _starts) = (user, times, starts);

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
        await _socket.ConnectAsync(server);
        _ = Task.Run(HearAsync);
        await SendAsync("mining.subscribe", "load/1");
        await SendAsync("mining.authorize", _user, "x");
        await _ready.Task;
    }

    /// <summary>Finds a result of the newest job and sends it.</summary>
    /// <param name="intended">The timestamp at which it should be on its way: what it waits for its turn counts as waiting for the
    /// answer.</param>
    public void Submit(long intended)
    {
        string[] found;
        lock (_wire)
        {
            if (TakeJob() is { } job)
            {
                _wire.Hear(job);
                _wire.Jobs.RemoveRange(0, _wire.Jobs.Count - 1);
            }

            found = _wire.Mine(_user, $"{Interlocked.Increment(ref _id):x8}");
        }

        var id = Interlocked.Increment(ref _id);
        var line = Line(id, "mining.submit", [.. found]);
        _sent[id] = intended;
        Latencies.Note(_starts, intended);
        _socket.Send(line);
    }

    public void Dispose() => _socket.Dispose();

    private static TaskCompletionSource<long> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SendAsync(string method, params object[] parameters) =>
        await _socket.SendAsync(Line(Interlocked.Increment(ref _id), method, parameters));

    private static byte[] Line(int id, string method, object[] parameters) => Encoding.ASCII.GetBytes(
        $$"""{"id":{{id}},"method":"{{method}}","params":{{JsonSerializer.Serialize(parameters)}}}""" + "\n");

    private async Task HearAsync()
    {
        var have = 0;
        try
        {
            while (await _socket.ReceiveAsync(_heard.AsMemory(have)) is > 0 and var read)
            {
                var at = Stopwatch.GetTimestamp();
                have = Keep(TakeLines(_heard.AsSpan(0, have + read), at), have + read);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private int TakeLines(ReadOnlySpan<byte> heard, long at)
    {
        var begin = 0;
        for (int length; (length = heard[begin..].IndexOf((byte)'\n')) >= 0; begin += length + 1)
        {
            Take(heard.Slice(begin, length), at);
        }

        return begin;
    }

    // The beginning of a line that is not whole yet goes to the front.
    private int Keep(int taken, int all)
    {
        _heard.AsSpan(taken, all - taken).CopyTo(_heard);
        if (all - taken == _heard.Length)
        {
            Array.Resize(ref _heard, 2 * _heard.Length);
        }

        return _heard.Length <= LongestLine ? all - taken : throw new InvalidOperationException("The server's line has no end.");
    }

    private void Take(ReadOnlySpan<byte> line, long at)
    {
        if (line.StartsWith("{\"id\":null,\"method\":\"mining.notify\""u8))
        {
            KeepJob(line);
            _ready.TrySetResult();
            if (line.EndsWith("true]}"u8))
            {
                _cleaned.TrySetResult(at);
            }

            return;
        }

        if (line.StartsWith("{\"id\":"u8)
            && System.Buffers.Text.Utf8Parser.TryParse(line[6..], out int id, out _) && _sent.TryRemove(id, out var sent))
        {
            Latencies.Note(_times, sent, at);
            Answers.AddOrUpdate(CodeOf(line), 1, (_, count) => count + 1);
            return;
        }

        lock (_wire)
        {
            _wire.Hear(Encoding.ASCII.GetString(line));
        }
    }

    private static int CodeOf(ReadOnlySpan<byte> answer)
    {
        if (answer.EndsWith("\"error\":null}"u8))
        {
            return 0;
        }

        using var whole = JsonDocument.Parse(Encoding.UTF8.GetString(answer));
        return whole.RootElement.GetProperty("error")[0].GetInt32();
    }

    private void KeepJob(ReadOnlySpan<byte> line)
    {
        lock (_newest)
        {
            if (_job.Length < line.Length)
            {
                _job = new byte[line.Length];
            }

            line.CopyTo(_job);
            _jobLength = line.Length;
        }
    }

    private string? TakeJob()
    {
        lock (_newest)
        {
            var job = _jobLength == 0 ? null : Encoding.ASCII.GetString(_job, 0, _jobLength);
            _jobLength = 0;
            return job;
        }
    }
}
