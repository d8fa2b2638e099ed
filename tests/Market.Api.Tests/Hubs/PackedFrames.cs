using System.Buffers;
using System.Net.WebSockets;
using Market.Contracts;
using Market.Testing.Chains;
using MessagePack;

namespace Market.Api.Tests.Hubs;

/// <summary>A hub connection in SignalR's MessagePack protocol, whose frames the test writes itself: what no library would
/// send.</summary>
internal sealed class PackedFrames : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _patience = new(Eventually.Patience);
    private readonly List<byte> _come = [];

    public static async Task<PackedFrames> ConnectAsync(Uri server)
    {
        var frames = new PackedFrames();
        await frames._socket.ConnectAsync(
            new UriBuilder(server) { Scheme = "ws", Path = Streams.HubPath }.Uri, frames._patience.Token);
        await frames._socket.SendAsync(
            "{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true,
            frames._patience.Token);
        Assert.Equal("{}\u001e"u8.ToArray(), (await frames.ReceiveAsync())!);
        return frames;
    }

    /// <summary>Bytes that write themselves.</summary>
    public delegate void Write(ref MessagePackWriter writer);

    /// <summary>An invocation with an argument.</summary>
    public static byte[] Call(string method, Write argument) => Packed((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(6);
        writer.Write(1);
        writer.WriteMapHeader(0);
        writer.Write("1");
        writer.Write(method);
        writer.WriteArrayHeader(1);
        argument(ref writer);
        writer.WriteArrayHeader(0);
    });

    /// <summary>Bytes as they are, after the writer's.</summary>
    public static byte[] Packed(Write write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Sends a message with its length before it.</summary>
    public Task SendAsync(byte[] message)
    {
        var prefix = new List<byte>();
        var left = message.Length;
        do
        {
            prefix.Add((byte)(left > 127 ? left & 127 | 128 : left));
            left >>= 7;
        }
        while (left > 0);
        return SendRawAsync([.. prefix, .. message]);
    }

    /// <summary>Sends bytes that may be anything. Where the connection has ended they go nowhere.</summary>
    public async Task SendRawAsync(byte[] bytes)
    {
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Binary, true, _patience.Token);
        }
        catch (WebSocketException)
        {
            // Whoever waits for an answer learns it.
        }
    }

    /// <summary>What a call is answered by; null where the connection ends instead.</summary>
    public async Task<(string? Error, HubAnswer<Order>? Answer)?> AnswerAsync()
    {
        while (await MessageAsync() is { } message)
        {
            var reader = new MessagePackReader(message);
            reader.ReadArrayHeader();
            var kind = reader.ReadInt32();
            if (kind == 7) return null;
            if (kind != 3) continue;
            reader.Skip();
            reader.Skip();
            return reader.ReadInt32() switch
            {
                1 => (reader.ReadString(), null),
                3 when reader.NextMessagePackType == MessagePackType.Map => (
                    null, MessagePackSerializer.Deserialize<HubAnswer<Order>>(ref reader, JsonTree.Options)),
                _ => (null, null),
            };
        }
        return null;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }

    // A frame may have several messages, each with its length before it.
    private async Task<byte[]?> MessageAsync()
    {
        while (true)
        {
            var (length, at) = (0, 0);
            while (at < _come.Count && _come[at] > 127) length |= (_come[at] & 127) << 7 * at++;
            if (at < _come.Count && (length |= _come[at] << 7 * at) + at + 1 <= _come.Count)
            {
                var message = _come.GetRange(at + 1, length).ToArray();
                _come.RemoveRange(0, at + 1 + length);
                return message;
            }
            if (await ReceiveAsync() is not { } more) return null;
            _come.AddRange(more);
        }
    }

    private async Task<byte[]?> ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            var got = await _socket.ReceiveAsync(buffer.AsMemory(), _patience.Token);
            return got.MessageType == WebSocketMessageType.Close ? null : buffer[..got.Count];
        }
        catch (WebSocketException)
        {
            return null;
        }
    }
}
