using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Market.Bitcoin;
using Market.Testing.Chains;

namespace Market.Client.NBitcoin.Tests;

/// <summary>A peer written here, byte by byte, that greets and then does what it was made for.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    private const uint Magic = 0xfabfb5da;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<HostilePeer, NetworkStream, string, byte[], Task> _answer;
    private readonly Task _serving;
    private int _connections;

    /// <param name="answer">What it does with each message after the greeting: command and payload.</param>
    public HostilePeer(Func<HostilePeer, NetworkStream, string, byte[], Task> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = _listener.LocalEndpoint.ToString()!;
        _serving = Task.Run(ServeAsync, CancellationToken.None);
    }

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>How often somebody came.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>What it answers before it is greeted; null greets as peers do.</summary>
    public byte[]? InPlaceOfGreeting { get; init; }

    /// <summary>True calls transactions by the hash of their witness (BIP339), where the other side does.</summary>
    public bool UsesWitnessIds { get; init; }

    /// <summary>True greets as one that serves compact filters (BIP157).</summary>
    public bool ServesFilters { get; init; }

    /// <summary>True greets whoever connects before it is greeted, as bcoin does.</summary>
    public bool GreetsFirst { get; init; }

    /// <summary>True says nothing at all.</summary>
    public bool IsSilent { get; init; }

    public static byte[] Message(string command, byte[] payload)
    {
        var message = new byte[24 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(message, Magic);
        Encoding.ASCII.GetBytes(command, message.AsSpan(4));
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(16), payload.Length);
        Span<byte> sum = stackalloc byte[32];
        Hash256.DoubleSha256(payload).CopyTo(sum);
        sum[..4].CopyTo(message.AsSpan(20));
        payload.CopyTo(message.AsSpan(24));
        return message;
    }

    public static byte[] Headers(params BlockHeader[] headers) =>
        [(byte)headers.Length, .. headers.SelectMany(header => header.ToArray().Append((byte)0))];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private byte[] Version()
    {
        // NODE_NETWORK, NODE_WITNESS and perhaps NODE_COMPACT_FILTERS.
        var payload = new byte[86];
        BinaryPrimitives.WriteInt32LittleEndian(payload, 70_016);
        payload[4] = (byte)(ServesFilters ? 0x49 : 0x09);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(12), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(72), 1_234_567);
        payload[85] = 1;
        return payload;
    }

    private async Task ServeAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                talks.Add(Task.Run(() => TalkAsync(client), CancellationToken.None));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (InPlaceOfGreeting is { } garbage)
                {
                    await stream.WriteAsync(garbage, _stop.Token);
                }

                if (IsSilent || InPlaceOfGreeting is not null)
                {
                    await Task.Delay(Eventually.Patience, _stop.Token);
                    return;
                }

                if (GreetsFirst)
                {
                    await stream.WriteAsync(Message("version", Version()), _stop.Token);
                }

                await ListenAsync(stream);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException
                or ObjectDisposedException or EndOfStreamException)
            {
                // The other side has had enough, or the test is over.
            }
        }
    }

    private async Task ListenAsync(NetworkStream stream)
    {
        var header = new byte[24];
        while (true)
        {
            await stream.ReadExactlyAsync(header, _stop.Token);
            var payload = new byte[BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(16))];
            await stream.ReadExactlyAsync(payload, _stop.Token);
            var command = Encoding.ASCII.GetString(header.AsSpan(4, 12)).TrimEnd('\0');
            if (command == "version")
            {
                // As most nodes do: whoever connects greets first.
                if (!GreetsFirst)
                {
                    await stream.WriteAsync(Message("version", Version()), _stop.Token);
                }

                if (UsesWitnessIds)
                {
                    await stream.WriteAsync(Message("wtxidrelay", []), _stop.Token);
                }

                await stream.WriteAsync(Message("verack", []), _stop.Token);
            }
            else if (command is "wtxidrelay" && !UsesWitnessIds)
            {
                // Not known here.
            }
            else if (command == "ping")
            {
                await stream.WriteAsync(Message("pong", payload), _stop.Token);
            }
            else
            {
                await _answer(this, stream, command, payload);
            }
        }
    }
}
