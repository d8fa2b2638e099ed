using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Market.Contracts;

namespace Market.Bench.Streams;

/// <summary>One reader on a bare socket, which counts the messages that come and does no more: two thousand of them must leave the
/// processors to the server.</summary>
/// <param name="door">What it comes by.</param>
internal sealed class FanOutReader(ReaderDoor door) : IDisposable
{
    // Shorter ones are pings and answers.
    private const int LeastMessage = 150;
    private const int MaxHeader = 14;
    private const int MostHead = 16 * 1024;
    private const byte Text = 1, Close = 8, Ping = 9;
    private static readonly byte[] Beat = Frame(Text, "{\"type\":6}\u001e"u8);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[8 * 1024];
    private long _count;
    private long _last;
    private long _left;
    private long _bytes;
    private int _kept;
    private bool _isCounted;
    private byte _before, _earlier;

    /// <summary>Messages so far, snapshots included.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Bytes so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>When the last came, by the environment's milliseconds.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Why it ended; null while it reads.</summary>
    public string? Ended { get; private set; }

    /// <summary>Connects and subscribes.</summary>
    /// <param name="server">The server.</param>
    /// <param name="receiveBuffer">The bytes that the system keeps for it; null for its own choice.</param>
    public async Task OpenAsync(IPEndPoint server, int? receiveBuffer = null)
    {
        if (receiveBuffer is { } bytes) _socket.ReceiveBufferSize = bytes;
        await _socket.ConnectAsync(server);
        var channel = Channels.Book(FanOutGround.Instrument);
        var path = door switch
        {
            ReaderDoor.Socket => Contracts.Streams.SocketPath,
            ReaderDoor.Hub => Contracts.Streams.HubPath,
            _ => $"{Contracts.Streams.SsePath}?channels={channel}",
        };
        var upgrade = door == ReaderDoor.Events
            ? ""
            : "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server}\r\n{upgrade}\r\n"));
        await HeadAsync();
        if (door == ReaderDoor.Socket)
        {
            await _socket.SendAsync(Frame(Text, Encoding.ASCII.GetBytes($$"""{"op":"subscribe","topic":"{{channel}}"}""")));
        }
        else if (door == ReaderDoor.Hub)
        {
            await _socket.SendAsync(Frame(Text, "{\"protocol\":\"json\",\"version\":1}\u001e"u8));
            await _socket.SendAsync(Frame(Text, Encoding.ASCII.GetBytes(
                $$"""{"type":1,"target":"{{Contracts.Streams.SubscribeMethod}}","arguments":[["{{channel}}"]]}""" + "\u001e")));
        }
    }

    /// <summary>Reads to the end.</summary>
    public async Task ReadAsync()
    {
        try
        {
            while (await _socket.ReceiveAsync(_buffer.AsMemory(_kept)) is var read and > 0)
            {
                Volatile.Write(ref _bytes, _bytes + read);
                var before = _count;
                if (door == ReaderDoor.Events) CountEvents(_buffer.AsSpan(0, read));
                else await CountFramesAsync(_kept + read);
                if (_count != before) Volatile.Write(ref _last, Environment.TickCount64);
            }
            Ended ??= "closed";
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Ended ??= e.Message;
        }
    }

    /// <summary>Says that it is still there, which the hub wants to hear.</summary>
    public async Task BeatAsync()
    {
        if (door == ReaderDoor.Hub) await _socket.SendAsync(Beat);
    }

    public void Dispose() => _socket.Dispose();

    private async Task HeadAsync()
    {
        var head = new byte[MostHead];
        var length = 0;
        while (!head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            if (length == MostHead || await _socket.ReceiveAsync(head.AsMemory(length, 1)) == 0)
                throw new IOException($"The server answered {Encoding.ASCII.GetString(head, 0, length)}");
            length++;
        }
        var text = Encoding.ASCII.GetString(head, 0, length);
        if (!text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal)
            && !text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            throw new IOException($"The server answered {text}");
    }

    // A line that begins with d is an event's data; one that follows a carriage return is a chunk's length.
    private void CountEvents(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes[at] == 'd' && _before == '\n' && _earlier != '\r') _count++;
            var next = bytes[at..].IndexOf((byte)'\n');
            var end = next < 0 ? bytes.Length : at + next + 1;
            _earlier = end - 2 >= 0 ? bytes[end - 2] : _before;
            _before = bytes[end - 1];
            at = end;
        }
    }

    // Of the hub a frame may have several messages; each ends with a record separator.
    private async ValueTask CountFramesAsync(int length)
    {
        var at = 0;
        while (at < length)
        {
            if (_left > 0)
            {
                var part = (int)Math.Min(_left, length - at);
                if (_isCounted && door == ReaderDoor.Hub) _count += _buffer.AsSpan(at, part).Count((byte)0x1e);
                (_left, at) = (_left - part, at + part);
                continue;
            }
            if (Header(_buffer.AsSpan(at, length - at)) is not { } header) break;
            var kind = (byte)(_buffer[at] & 15);
            if (kind == Ping) await _socket.SendAsync(Frame(10, _buffer.AsSpan(at + header.Length, (int)header.Payload)));
            if (kind == Close) Ended = "closed by the server";
            _isCounted = kind <= Text && header.Payload >= LeastMessage;
            if (_isCounted && door == ReaderDoor.Socket && (_buffer[at] & 0x80) != 0) _count++;
            (_left, at) = (header.Payload, at + header.Length);
        }
        _kept = length - at;
        _buffer.AsSpan(at, _kept).CopyTo(_buffer);
    }

    // Null where it is not whole; a ping's payload must be there, too.
    private static (int Length, long Payload)? Header(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2) return null;
        var small = bytes[1] & 127;
        var length = small switch { 126 => 4, 127 => 10, _ => 2 };
        if (bytes.Length < length) return null;
        var payload = small switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            127 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => small,
        };
        return (bytes[0] & 15) == Ping && bytes.Length < length + payload ? null : (length, payload);
    }

    // Masked with zeros, which is a mask as good as any on a bare line.
    private static byte[] Frame(byte kind, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[MaxHeader + payload.Length];
        frame[0] = (byte)(0x80 | kind);
        var at = 2;
        if (payload.Length < 126) frame[1] = (byte)(0x80 | payload.Length);
        else
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
            at = 4;
        }
        payload.CopyTo(frame.AsSpan(at + 4));
        return frame[..(at + 4 + payload.Length)];
    }
}
