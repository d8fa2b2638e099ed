using System.Globalization;

namespace Market.Client.Api;

/// <summary>Which orders or fills of an account are asked for; what is null asks for nothing.</summary>
public sealed record ListFilter
{
    /// <summary>Only those of an instrument. Where several are traded, what came since a page is told of one at a time.</summary>
    public string? Instrument { get; init; }

    /// <summary>Of orders only this one, of fills only those of it: the market's id, or "client:" and the client's.</summary>
    public string? Order { get; init; }

    /// <summary>Only those placed, or made, then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only those placed, or made, before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>As parts of a query, without the order: its name differs.</summary>
    internal IEnumerable<(string Name, object? Value)> Parts =>
        [("instrument", Instrument), ("from", Text(From)), ("to", Text(To))];

    private static string? Text(DateTimeOffset? time) => time?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
