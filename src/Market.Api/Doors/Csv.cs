using System.Globalization;
using System.Text;
using Market.Contracts;

namespace Market.Api.Doors;

/// <summary>
/// A table as CSV (RFC 4180): UTF-8, a header line, lines that end with CR LF. Numbers are written whole and invariant, times as
/// JSON has them. Text that a spreadsheet would take for a formula begins with an apostrophe: whoever opens a file runs nothing.
/// </summary>
public sealed class Csv
{
    /// <summary>The media type.</summary>
    public const string Type = "text/csv";

    /// <summary>The query's parameter that asks for it, for links and shells that set no header.</summary>
    public const string Parameter = "format";

    private const string AsCsv = "csv";
    private const string AsJson = "json";
    private const string Formulas = "=+-@\t\r\n";

    private readonly StringBuilder _text = new();
    private readonly int _columns;

    /// <summary>An empty table.</summary>
    /// <param name="columns">Names of the columns, at least one.</param>
    public Csv(params IReadOnlyList<string> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _columns = columns.Count;
        Row(columns);
    }

    /// <summary>Names the page after this one; null where it is the last.</summary>
    public string? NextCursor { get; init; }

    /// <summary>Names the page with what is newer; null of a list that is read one way.</summary>
    public string? PreviousCursor { get; init; }

    /// <summary>Adds a row.</summary>
    /// <param name="cells">As many as there are columns: text, numbers, times, amounts; null is an empty cell.</param>
    public Csv Row(params IReadOnlyList<object?> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Count, _columns);
        for (var i = 0; i < cells.Count; i++) _text.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
        _text.Append("\r\n");
        return this;
    }

    /// <summary>The table.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    /// <summary>Whether a request asks for CSV: by <see cref="Parameter"/>, which goes before, or by Accept.</summary>
    /// <returns>Null where the parameter is neither of the two.</returns>
    public static bool? IsAskedBy(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Query[Parameter].ToString() is { Length: > 0 } format)
            return format == AsCsv ? true : format == AsJson ? false : null;
        var accepted = request.GetTypedHeaders().Accept;
        return QualityOf(Type) is > 0 and var csv && csv >= QualityOf("application/json");

        double QualityOf(string type) => accepted
            .Where(one => one.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)).Select(one => one.Quality ?? 1)
            .DefaultIfEmpty(0).Max();
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Text(text),
        bool flag => flag ? "true" : "false",
        Price price => Whole(price.Sats),
        Sats sats => Whole(sats.Value),
        Quantity quantity => Whole(quantity.Units),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Enum named => Text(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(named.ToString())),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"{value.GetType().Name} is no cell.", nameof(value)),
    };

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(string text)
    {
        if (text.Length > 0 && Formulas.Contains(text[0], StringComparison.Ordinal)) text = "'" + text;
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
