using System.Collections.Concurrent;
using System.Text.Json;
using Market.Client.Files;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>
/// Every order that this wallet ever sent, a JSON object a line, on disk before it is sent, and again with what became of it: the
/// last line of an id counts. What other programs of its owner send stands in <see cref="OrderNotes"/> beside it. A swap that stems
/// from none of them is made up by the market, and no coin moves for it.
/// </summary>
public sealed class OrderLog : IDisposable
{
    private readonly ConcurrentDictionary<string, SentOrder> _orders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SentOrder> _unknown = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly OrderTermsFile _terms;
    private readonly OrderNotes _notes;
    private DurableLines? _lines;

    private OrderLog(OrderTermsFile terms, OrderNotes notes) => (_terms, _notes) = (terms, notes);

    /// <summary>The orders whose answer is not known.</summary>
    public IReadOnlyCollection<SentOrder> Unknown => [.. _unknown.Values];

    /// <summary>Opens or begins the log.</summary>
    /// <param name="path">Where; null keeps it in memory only.</param>
    /// <exception cref="IOException">Another process has it open: one at a time trades with a wallet.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static OrderLog Open(string? path)
    {
        var log = new OrderLog(new OrderTermsFile(OrderTermsFile.Beside(path)), new OrderNotes(OrderNotes.Beside(path)));
        log._lines = path is null ? null : DurableLines.Open(path, line => log.Read(line));
        return log;
    }

    /// <summary>An order as a file has it that another process may have open; null where it has none that may be placed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="clientOrderId">The order's own id.</param>
    public static SentOrder? Peek(string path, string clientOrderId)
    {
        using var log = new OrderLog(new OrderTermsFile(null), new OrderNotes(OrderNotes.Beside(path)));
        if (File.Exists(path))
        {
            OrderTermsFile.Read(path, line => log.Read(line));
        }

        return log.Find(clientOrderId);
    }

    /// <summary>The order of an id, in the widest terms that it was amended to; null where this wallet sent none and none was
    /// noted, or it was never placed.</summary>
    public SentOrder? Find(string clientOrderId)
    {
        if (_orders.TryGetValue(clientOrderId, out var order))
        {
            return order.State == SentOrderState.Refused ? null
                : _terms.Find(clientOrderId) is { } terms ? order with { Price = terms.Price, Quantity = terms.Quantity }
                : order;
        }

        // What was amended here widens a note, as its own later lines do: who wrote those knew nothing of it.
        return _notes.Find(clientOrderId) is not { } noted ? null
            : _terms.Find(clientOrderId) is { } wider
                ? new OrderNote(clientOrderId) { Price = wider.Price, Quantity = wider.Quantity }.Widen(noted)
                : noted;
    }

    /// <summary>What is known of an order; null where this wallet sent none of this id.</summary>
    public SentOrderState? StateOf(string clientOrderId) => _orders.GetValueOrDefault(clientOrderId)?.State;

    /// <summary>Notes an order; on disk when this returns.</summary>
    public void Add(SentOrder order) => Append(order);

    /// <summary>Notes what became of an order; on disk when this returns. The request is not needed any more; the terms
    /// that its matches are held to stay.</summary>
    /// <param name="clientOrderId">The order's own id.</param>
    /// <param name="state">What became of it.</param>
    /// <param name="heardAt">When that was heard.</param>
    public void Settle(string clientOrderId, SentOrderState state, DateTimeOffset heardAt)
    {
        if (_orders.GetValueOrDefault(clientOrderId) is { } order && order.State != state)
        {
            Append(order with
            {
                State = state,
                Request = null,
                PlacedAt = state == SentOrderState.Placed ? heardAt : null,
            });
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
