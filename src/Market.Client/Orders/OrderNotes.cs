using System.Text.Json;
using Market.Client.Files;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// The orders that other programs of the wallet's owner send: bots, adapters, the command line. Each writes a file of its own in
/// one folder, `NAME.jsonl`, a JSON object a line (<see cref="OrderNote"/>), on disk before the order is sent; whoever drives swaps
/// reads them all. The market has no part in it: what it says of an order is held against these lines. A line that cannot be read
/// counts for nothing, so that what a crash cut short lets nothing happen.
/// </summary>
/// <param name="folder">Where; null for none.</param>
public sealed class OrderNotes(string? folder)
{
    private const byte End = (byte)'\n';
    private const int Room = 64 * 1024;
    private const int MostFiles = 64;
    private const int MostNoted = 500_000;
    private const string Pattern = "*.jsonl";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SentOrder> _orders = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldest = new();

    /// <summary>The folder beside the file of the own orders.</summary>
    /// <param name="orders">The path of the orders' file; null for none.</param>
    public static string? Beside(string? orders) =>
        orders is null ? null : Path.Combine(Path.GetDirectoryName(orders) ?? ".", "notes");

    /// <summary>The order that was noted by an id, in its widest terms; null where none was, or it was never placed. What cannot be
    /// read just now is not known just now.</summary>
    /// <param name="clientOrderId">The order's own id.</param>
    public SentOrder? Find(string clientOrderId)
    {
        lock (_lock)
        {
            try
            {
                ReadOn();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Asked again with the next look: until then nothing follows from what is not known.
            }

            return _orders.GetValueOrDefault(clientOrderId);
        }
    }

    /// <summary>Notes an order; on disk when this returns.</summary>
    /// <param name="note">The note.</param>
    /// <param name="path">The writer's own file, in the folder.</param>
    /// <exception cref="IOException">Another process writes this file just now, or the disk takes nothing.</exception>
    public static void Add(OrderNote note, string path)
    {
        using var lines = DurableLines.Open(path, line => line.IsEmpty || NoteOf(line.Span) is not null);
        lines.Append(JsonSerializer.SerializeToUtf8Bytes(note, MarketJson.Options));
    }

    private static OrderNote? NoteOf(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<OrderNote>(line, MarketJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void ReadOn()
    {
        if (folder is null || !Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal).Take(MostFiles))
        {
            ReadOn(file);
        }
    }

    private void ReadOn(string path)
    {
        var from = _read.GetValueOrDefault(path);
        var length = new FileInfo(path).Length;
        if (length == from)
        {
            return;
        }

        using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        // A shorter one is another one.
        file.Position = length < from ? 0 : from;
        var bytes = new byte[Room];
        var there = Room;
        while (there == Room)
        {
            var start = file.Position;
            there = file.ReadAtLeast(bytes, Room, throwOnEndOfStream: false);
            var whole = bytes.AsSpan(0, there).LastIndexOf(End) + 1;
            for (var at = 0; at < whole; at += bytes.AsSpan(at).IndexOf(End) + 1)
            {
                Note(bytes.AsSpan(at, bytes.AsSpan(at).IndexOf(End)));
            }

            // A line for which there is no room is none: its pieces cannot be read.
            file.Position = _read[path] = start + (whole == 0 && there == Room ? Room : whole);
        }
    }

    private void Note(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || NoteOf(line) is not { ClientOrderId: { Length: > 0 and <= OrderNote.LongestId } id } note)
        {
            return;
        }

        if (note.Void)
        {
            _orders.Remove(id);
        }
        else if (_orders.TryGetValue(id, out var known))
        {
            _orders[id] = note.Widen(known);
        }
        else if (note.ToOrder() is { } order)
        {
            // Those noted first are forgotten first.
            while (_oldest.Count >= MostNoted)
            {
                _orders.Remove(_oldest.Dequeue());
            }

            _orders.Add(id, order);
            _oldest.Enqueue(id);
        }
    }
}
