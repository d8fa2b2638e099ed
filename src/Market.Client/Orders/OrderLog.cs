using System.Collections.Concurrent;
using System.Text.Json;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>An order as this wallet sent it.</summary>
/// <param name="ClientOrderId">Its own id.</param>
/// <param name="Instrument">What it trades.</param>
/// <param name="Side">Which way.</param>
/// <param name="Price">The worst price it takes.</param>
/// <param name="Quantity">How much, all fills together.</param>
public sealed record SentOrder(string ClientOrderId, string Instrument, Side Side, Price Price, Quantity Quantity);

/// <summary>
/// Every order that this wallet ever sent, a JSON object a line, on disk before it is sent: a swap that stems from none of them is
/// made up by the market, and no coin moves for it.
/// </summary>
public sealed class OrderLog : IDisposable
{
    private readonly ConcurrentDictionary<string, SentOrder> _orders = new(StringComparer.Ordinal);
    private readonly FileStream? _file;
    private readonly FileStream? _only;
    private readonly Lock _lock = new();

    private OrderLog(FileStream? file, FileStream? only) => (_file, _only) = (file, only);

    /// <summary>Opens or begins the log.</summary>
    /// <param name="path">Where; null keeps it in memory only.</param>
    /// <exception cref="IOException">Another process has it open: one at a time trades with a wallet.</exception>
    public static OrderLog Open(string? path)
    {
        if (path is null)
        {
            return new OrderLog(null, null);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // The lock is a file of its own, so that the log itself can be read while it is in use.
        var only = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var log = new OrderLog(file, only);
        log.Read();
        return log;
    }

    /// <summary>The order of an id; null where this wallet sent none.</summary>
    public SentOrder? Find(string clientOrderId) => _orders.GetValueOrDefault(clientOrderId);

    /// <summary>Notes an order; on disk when this returns.</summary>
    public void Add(SentOrder order)
    {
        lock (_lock)
        {
            if (_file is not null)
            {
                _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(order, MarketJson.Options), (byte)'\n']);
                _file.Flush(flushToDisk: true);
            }

            _orders[order.ClientOrderId] = order;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _only?.Dispose();
    }

    private void Read()
    {
        var bytes = new byte[_file!.Length];
        _file.ReadExactly(bytes);
        var good = 0;
        while (good < bytes.Length)
        {
            var length = bytes.AsSpan(good).IndexOf((byte)'\n');
            if (length < 0 || Parse(bytes.AsSpan(good, length)) is not { } order)
            {
                break;
            }

            _orders[order.ClientOrderId] = order;
            good += length + 1;
        }

        // A line torn by a crash belongs to an order that was never sent.
        _file.SetLength(good);
        _file.Seek(0, SeekOrigin.End);
    }

    private static SentOrder? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<SentOrder>(line, MarketJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
