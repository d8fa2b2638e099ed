using System.Collections.Concurrent;
using System.Text.Json;
using Market.Client.Files;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// Every order that this wallet ever sent, a JSON object a line, on disk before it is sent, and again with what became of it: the
/// last line of an id counts. A swap that stems from none of them is made up by the market, and no coin moves for it.
/// </summary>
public sealed class OrderLog : IDisposable
{
    private readonly ConcurrentDictionary<string, SentOrder> _orders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SentOrder> _unknown = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private DurableLines? _lines;

    private OrderLog()
    {
    }

    /// <summary>The orders whose answer is not known.</summary>
    public IReadOnlyCollection<SentOrder> Unknown => [.. _unknown.Values];

    /// <summary>Opens or begins the log.</summary>
    /// <param name="path">Where; null keeps it in memory only.</param>
    /// <exception cref="IOException">Another process has it open: one at a time trades with a wallet.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static OrderLog Open(string? path)
    {
        var log = new OrderLog();
        log._lines = path is null ? null : DurableLines.Open(path, log.Read);
        return log;
    }

    /// <summary>The order of an id; null where this wallet sent none, or it was never placed.</summary>
    public SentOrder? Find(string clientOrderId) =>
        _orders.GetValueOrDefault(clientOrderId) is { State: not SentOrderState.Refused } order ? order : null;

    /// <summary>What is known of an order; null where this wallet sent none of this id.</summary>
    public SentOrderState? StateOf(string clientOrderId) => _orders.GetValueOrDefault(clientOrderId)?.State;

    /// <summary>Notes an order; on disk when this returns.</summary>
    public void Add(SentOrder order) => Append(order);

    /// <summary>Notes what became of an order; on disk when this returns. The request is not needed any more.</summary>
    public void Settle(string clientOrderId, SentOrderState state)
    {
        if (_orders.GetValueOrDefault(clientOrderId) is { } order && order.State != state)
        {
            Append(order with { State = state, Request = null });
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lines?.Dispose();

    private void Append(SentOrder order)
    {
        lock (_lock)
        {
            _lines?.Append(JsonSerializer.SerializeToUtf8Bytes(order, MarketJson.Options));
            Note(order);
        }
    }

    private void Note(SentOrder order)
    {
        _orders[order.ClientOrderId] = order;
        if (order.State == SentOrderState.Unknown)
        {
            _unknown[order.ClientOrderId] = order;
        }
        else
        {
            _unknown.TryRemove(order.ClientOrderId, out _);
        }
    }

    private bool Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            if (JsonSerializer.Deserialize<SentOrder>(line.Span, MarketJson.Options) is not { } order)
            {
                return false;
            }

            Note(order);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
