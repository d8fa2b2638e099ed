using Market.Contracts;

namespace Market.Strategies;

/// <summary>What a back-test counts on its way.</summary>
internal sealed class BackTestTally
{
    private decimal _highest;

    /// <summary>Events played.</summary>
    public long Events { get; set; }

    /// <summary>Recorded trades.</summary>
    public long Trades { get; set; }

    /// <summary>Times that the book was lost.</summary>
    public int Gaps { get; set; }

    /// <summary>Looks.</summary>
    public long Looks { get; set; }

    /// <summary>Quotes placed.</summary>
    public long Quotes { get; set; }

    /// <summary>Quotes without coins.</summary>
    public long Unfunded { get; set; }

    /// <summary>Fills of quotes that stood.</summary>
    public long MakerFills { get; private set; }

    /// <summary>Fills of quotes that took.</summary>
    public long TakerFills { get; private set; }

    /// <summary>Seconds without a book.</summary>
    public double GapSeconds { get; private set; }

    /// <summary>Seconds with a bid.</summary>
    public double BidSeconds { get; private set; }

    /// <summary>Seconds with an offer.</summary>
    public double AskSeconds { get; private set; }

    /// <summary>Seconds with both.</summary>
    public double BothSeconds { get; private set; }

    /// <summary>The most that the total fell from its highest.</summary>
    public decimal Drawdown { get; private set; }

    /// <summary>Counts a fill.</summary>
    public void Fill(bool isMaker)
    {
        if (isMaker)
        {
            MakerFills++;
        }
        else
        {
            TakerFills++;
        }
    }

    /// <summary>Counts time that passed.</summary>
    public void Pass(double seconds, bool isOpen, IReadOnlyCollection<Quote> standing)
    {
        GapSeconds += isOpen ? 0 : seconds;
        var hasBid = standing.Any(quote => quote.Side == Side.Buy);
        var hasAsk = standing.Any(quote => quote.Side == Side.Sell);
        BidSeconds += hasBid ? seconds : 0;
        AskSeconds += hasAsk ? seconds : 0;
        BothSeconds += hasBid && hasAsk ? seconds : 0;
    }

    /// <summary>Looks at the total of a moment.</summary>
    public void Total(decimal total)
    {
        _highest = Math.Max(_highest, total);
        Drawdown = Math.Max(Drawdown, _highest - total);
    }
}
