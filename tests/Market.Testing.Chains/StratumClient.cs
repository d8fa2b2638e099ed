using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Market.Testing.Chains;

/// <summary>A miner's connection to a Stratum server.</summary>
public sealed class StratumClient : IAsyncDisposable
{
    private readonly TcpClient _tcp = new();
    private readonly Dictionary<string, JsonElement> _answers = [];
    private StreamReader? _reader;
    private int _id;

    public StratumWire Wire { get; } = new();

    public static async Task<StratumClient> ConnectAsync(IPEndPoint to, int? receiveBuffer = null)
    {
        var client = new StratumClient();
        if (receiveBuffer is { } size)
        {
            client._tcp.ReceiveBufferSize = size;
        }

        await client._tcp.ConnectAsync(to);
        client._reader = new StreamReader(client._tcp.GetStream());
        return client;
    }

    /// <summary>Subscribed, authorized, and with a job.</summary>
    public static async Task<StratumClient> MiningAsync(IPEndPoint to, string user, string password = "x")
    {
        var client = await ConnectAsync(to);
        await client.AskAsync("mining.subscribe", "test/1");
        Assert.True((await client.AskAsync("mining.authorize", user, password)).GetProperty("result").GetBoolean());
        await client.HearUntilAsync(() => client.Wire.Jobs.Count > 0);
        return client;
    }

    public Task SendAsync(string text) => SendAsync(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(byte[] bytes) => await _tcp.GetStream().WriteAsync(bytes);

    /// <summary>Sends a request and hears until it is answered.</summary>
    public async Task<JsonElement> AskAsync(string method, params object?[] parameters)
    {
        var id = (++_id).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await SendAsync($$"""{"id":{{id}},"method":"{{method}}","params":{{JsonSerializer.Serialize(parameters)}}}""" + "\n");
        await HearUntilAsync(() => _answers.ContainsKey(id));
        return _answers[id];
    }

    /// <summary>The code of a submit's refusal; 0 where it was accepted.</summary>
    public async Task<int> SubmitAsync(params string[] parameters)
    {
        var error = (await AskAsync("mining.submit", [.. parameters])).GetProperty("error");
        return error.ValueKind == JsonValueKind.Null ? 0 : error[0].GetInt32();
    }

    public async Task HearUntilAsync(Func<bool> heard)
    {
        // Lines go on coming, so that the wait for each is no bound of the whole.
        var started = Stopwatch.GetTimestamp();
        while (!heard())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Eventually.Patience, "Heard in vain.");
            Assert.True(await HearAsync(), "The server closed the connection.");
        }
    }

    /// <summary>Hears a line; false where the server closed the connection.</summary>
    public async Task<bool> HearAsync()
    {
        string? line;
        try
        {
            line = await _reader!.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Patience);
        }
        catch (IOException)
        {
            return false;
        }

        if (line is null)
        {
            return false;
        }

        var (id, answer) = Wire.Hear(line);
        if (id is not null)
        {
            _answers[id] = answer;
        }

        return true;
    }

    public ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        _tcp.Dispose();
        return ValueTask.CompletedTask;
    }
}
