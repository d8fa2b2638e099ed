namespace Market.Strategies;

/// <summary>What a back-test came to. Satoshis unless told otherwise.</summary>
public sealed record BackTestReport
{
    /// <summary>The instrument.</summary>
    public required string Instrument { get; init; }

    /// <summary>When what was recorded begins.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Events that were played.</summary>
    public required long Events { get; init; }

    /// <summary>Recorded trades among them.</summary>
    public required long Trades { get; init; }

    /// <summary>Times that something was not recorded.</summary>
    public required int Gaps { get; init; }

    /// <summary>Seconds of them: nothing is quoted then.</summary>
    public required double GapSeconds { get; init; }

    /// <summary>What decides which swaps fail.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Looks of the maker.</summary>
    public required long Looks { get; init; }

    /// <summary>Quotes that were placed.</summary>
    public required long Quotes { get; init; }

    /// <summary>Quotes for which there were no coins.</summary>
    public required long Unfunded { get; init; }

    /// <summary>Fills of quotes that stood.</summary>
    public required long MakerFills { get; init; }

    /// <summary>Fills of quotes that took what stood in their way.</summary>
    public required long TakerFills { get; init; }

    /// <summary>The part of the recorded time in which a bid stood, 0 to 1.</summary>
    public required double BidTime { get; init; }

    /// <summary>The same of an offer.</summary>
    public required double AskTime { get; init; }

    /// <summary>The same of both at once.</summary>
    public required double BothTime { get; init; }

    /// <summary>Base units of shares that it had least, those in swaps not counted.</summary>
    public required long LeastShares { get; init; }

    /// <summary>Base units that it had most.</summary>
    public required long MostShares { get; init; }

    /// <summary>Base units that it has at the end, those in swaps not counted.</summary>
    public required long EndShares { get; init; }

    /// <summary>Satoshis that it has at the end, those in swaps not counted.</summary>
    public required long EndCoins { get; init; }

    /// <summary>Profit by trade, fee and outcome, at the last value that was recorded.</summary>
    public required MakerResult Result { get; init; }

    /// <summary>What the total fell most from its highest, at the value of the moment.</summary>
    public required decimal Drawdown { get; init; }

    /// <summary>How fills are decided and what is left out.</summary>
    public IReadOnlyList<string> Supposes { get; } =
    [
        "A quote stands behind all that is recorded at its price. Its place becomes better by recorded trades alone, never by what "
            + "others cancel.",
        "A quote is filled by recorded trades that reach it, and by orders of others that come to stand at a price which meets it.",
        "What the maker took is gone for as long as the recorded level stands.",
        "Every failed swap is one that the maker had locked: it pays lock and refund, and waits for its coins.",
        "Not modelled: what others would have done on seeing these quotes; what moves fees; coins that are too small or too large "
            + "for an order; that the market makes whoever lets swaps fail wait; shares that expire; own orders in what was "
            + "recorded.",
    ];
}
