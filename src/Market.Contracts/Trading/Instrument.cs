using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Market.Contracts;

/// <summary>Whether an instrument takes orders.</summary>
public enum InstrumentStatus
{
    /// <summary>Orders are taken and matched.</summary>
    Open,

    /// <summary>No new orders for now (a chain lags or the journal is not writable); cancels are taken.</summary>
    Paused,

    /// <summary>No new orders any more; cancels are taken.</summary>
    Closed,
}

/// <summary>A pair that can be traded: one sharechain's shares against BTC.</summary>
public sealed record Instrument
{
    private const string Tail = "-BTC";

    /// <summary>The id of the instrument of a sharechain's never-expiring shares.</summary>
    /// <param name="design">The sharechain's design, such as "p2share"; the same on every network.</param>
    public static string IdOf(string design)
    {
        ArgumentNullException.ThrowIfNull(design);
        return design.ToUpperInvariant() + Tail;
    }

    /// <summary>The id of the instrument of one expiry series of a sharechain's shares, such as "P2POOLV2-12-BTC".</summary>
    /// <param name="design">The sharechain's design.</param>
    /// <param name="series">The series' number; null where shares never expire.</param>
    public static string IdOf(string design, int? series)
    {
        if (series is not { } number) return IdOf(design);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        return IdOf(string.Create(CultureInfo.InvariantCulture, $"{design}-{number}"));
    }

    /// <summary>Reads an id: exactly as <see cref="IdOf(string,int?)"/> writes it. No design's name ends with a number of its own.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <param name="design">The design's name in small letters; whether there is one is not looked at.</param>
    /// <param name="series">The series' number; null where it names none.</param>
    /// <returns>False where it is none.</returns>
    public static bool TryParseId(string? id, [NotNullWhen(true)] out string? design, out int? series)
    {
        (design, series) = (null, null);
        if (id is null || !id.EndsWith(Tail, StringComparison.Ordinal)) return false;
        var name = id[..^Tail.Length];
        if (name.LastIndexOf('-') is var dash and > 0 && name.Length > dash + 1 && name[(dash + 1)..].All(char.IsAsciiDigit))
        {
            if (!int.TryParse(name[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            (name, series) = (name[..dash], number);
        }
        design = name.ToLowerInvariant();
        if (name.Length > 0 && IdOf(design, series) == id) return true;
        (design, series) = (null, null);
        return false;
    }

    /// <summary>The stable id, for instance "P2SHARE-BTC".</summary>
    public required string Id { get; init; }

    /// <summary>What is sold: the sharechain's design in capitals, "P2SHARE".</summary>
    public required string Base { get; init; }

    /// <summary>The sharechain whose shares are sold, by its row's name on this network: "p2share-devnet".</summary>
    public required string Sharechain { get; init; }

    /// <summary>What is paid: "BTC", priced in satoshis.</summary>
    public required string Quote { get; init; }

    /// <summary>The network both chains belong to: "mainnet", "testnet4", "signet", "regtest" or "devnet".</summary>
    public required string Network { get; init; }

    /// <summary>Whether orders are taken.</summary>
    public required InstrumentStatus Status { get; init; }

    /// <summary>With a status other than open: why.</summary>
    public string? StatusReason { get; init; }

    /// <summary>The expiry series whose shares are sold; null where they never expire.</summary>
    public ExpirySeries? Series { get; init; }

    /// <summary>What orders must keep to.</summary>
    public required TradingRules Rules { get; init; }
}

/// <summary>What orders of an instrument must keep to.</summary>
public sealed record TradingRules
{
    /// <summary>Prices are multiples of this.</summary>
    public required Price TickSize { get; init; }

    /// <summary>Quantities are multiples of this.</summary>
    public required Quantity LotSize { get; init; }

    /// <summary>The smallest quantity of an order and of a fill (a swap).</summary>
    public required Quantity MinQuantity { get; init; }

    /// <summary>The largest quantity of one order.</summary>
    public required Quantity MaxQuantity { get; init; }

    /// <summary>The smallest notional of a fill: below it, fees would eat the swap.</summary>
    public required Sats MinNotional { get; init; }

    /// <summary>The highest price.</summary>
    public required Price MaxPrice { get; init; }

    /// <summary>Open orders one account may have.</summary>
    public required int MaxOpenOrders { get; init; }

    /// <summary>Outpoints one order may name.</summary>
    public required int MaxOutpoints { get; init; }

    /// <summary>The market's fee for the maker, as a fraction of the notional.</summary>
    public required decimal MakerFee { get; init; }

    /// <summary>The market's fee for the taker, as a fraction of the notional.</summary>
    public required decimal TakerFee { get; init; }

    /// <summary>Order types that are taken.</summary>
    public required IReadOnlyList<OrderType> OrderTypes { get; init; }

    /// <summary>Times in force that are taken.</summary>
    public required IReadOnlyList<TimeInForce> TimesInForce { get; init; }
}
