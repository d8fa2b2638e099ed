using System.Text.Json;
using Market.Client.Files;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>The widest terms that an order was ever given: whatever it trades within them was asked for.</summary>
/// <param name="ClientOrderId">Its own id.</param>
/// <param name="Price">The worst price.</param>
/// <param name="Quantity">The largest quantity.</param>
public sealed record OrderTerms(string ClientOrderId, Price Price, Quantity Quantity);

/// <summary>
/// The terms of amended orders, a JSON object a line; the last line of an id counts. A file of its own beside the orders', since
/// whoever amends an order need not be who drives its swaps: it is written for a moment and read whenever it has grown.
/// </summary>
/// <param name="path">Where; null for none.</param>
public sealed class OrderTermsFile(string? path)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, OrderTerms> _terms = new(StringComparer.Ordinal);
    private long _length = -1;

    /// <summary>The file beside that of the orders.</summary>
    /// <param name="orders">The path of the orders' file; null for none.</param>
    public static string? Beside(string? orders) =>
        orders is null ? null : Path.Combine(Path.GetDirectoryName(orders) ?? ".", "amends.jsonl");

    /// <summary>The terms of an order; null where it was never amended.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public OrderTerms? Find(string clientOrderId)
    {
        lock (_lock)
        {
            var file = path is null ? null : new FileInfo(path);
            if (file is { Exists: true } && file.Length != _length)
            {
                _length = Read(file.FullName, Note);
            }

            return _terms.GetValueOrDefault(clientOrderId);
        }
    }

    /// <summary>Notes terms; on disk when this returns.</summary>
    /// <exception cref="IOException">Somebody else amends an order just now.</exception>
    public void Add(OrderTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (path is null)
        {
            throw new InvalidOperationException("There is no file.");
        }

        using var lines = DurableLines.Open(path, line => TermsOf(line.Span) is not null);
        lines.Append(JsonSerializer.SerializeToUtf8Bytes(terms, MarketJson.Options));
    }

    /// <summary>Reads the whole lines of a file that another process may be writing.</summary>
    /// <param name="path">Where.</param>
    /// <param name="take">Takes each line.</param>
    /// <returns>The bytes that were there.</returns>
    internal static long Read(string path, Action<ReadOnlyMemory<byte>> take)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        var there = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        for (var from = 0; bytes.AsSpan(from, there - from).IndexOf((byte)'\n') is var length and >= 0; from += length + 1)
        {
            take(bytes.AsMemory(from, length));
        }

        return there;
    }

    private static OrderTerms? TermsOf(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<OrderTerms>(line, MarketJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Note(ReadOnlyMemory<byte> line)
    {
        if (TermsOf(line.Span) is { } terms)
        {
            _terms[terms.ClientOrderId] = terms;
        }
    }
}
