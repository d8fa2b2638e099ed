using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Strategies;

namespace Market.Cli.Up;

/// <summary>In what amounts the demo's people trade the shares of a sharechain, and what they hold them for.</summary>
/// <param name="Unit">Base units of shares: what is traded are small multiples of it.</param>
/// <param name="QuoteUnits">Units of each order of the market maker.</param>
/// <param name="MostUnits">The most that is taken at once, in units.</param>
/// <param name="HashesPerSecond">Of each miner.</param>
internal sealed record DemoHabits(long Unit, int QuoteUnits, int MostUnits, long HashesPerSecond)
{
    // What a pool that pays for every hash keeps: the work behind a share, sold there, brings so much less.
    private const decimal Kept = 0.97m;
    private const long MostInventory = 1_000_000;

    // A key without standing may order for 100 BTC at once; but the more is in a swap the deeper its locks, and the longer it
    // takes.
    private static readonly Sats MostWorth = new(2 * Amount.Coin);

    /// <summary>Those for a sharechain. Where shares stand for work a block brings a small part of one, elsewhere fifty; and where
    /// they expire two miners have just the hashrate that the devnet's first target is for. With more, blocks come many times too
    /// fast at first, no swap fits into the life of the first series, and it closes at once.</summary>
    public static DemoHabits Of(SharechainProfile profile) => profile.Issuance is IssuanceRule.ByWork
        ? new(Quantity.UnitsPerShare / 10, 1, 1, 1_000)
        : new(Quantity.UnitsPerShare, 4, 6, 30_000);

    /// <summary>How the maker quotes. A young sharechain's value moves fast; quotes that followed every step would never rest long
    /// enough to be taken.</summary>
    public MakerOptions Quotes => new()
    {
        Bid = 0.975m,
        Ask = 1.025m,
        Step = 0.006m,
        Tolerance = 0.04m,
        Levels = 8,
        Size = new(QuoteUnits * Unit),
        MostWorth = MostWorth,
        MaxInventory = new(MostInventory * Unit),
    };

    /// <summary>What the demo's maker holds a fresh share for, in satoshis, of shares that expire, where the market's model is of
    /// the oldest: what the work behind one would earn at a pool that pays for every hash, after its fee. Of a window that pays in
    /// proportion it is about what a share is paid before it expires; what a share has aged, and waiting, are left out.</summary>
    /// <param name="mainchain">Bitcoin.</param>
    /// <param name="sharechain">The sharechain.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>0 where nothing is minted.</returns>
    public static async Task<decimal> WorthAsync(
        IMainchain mainchain, ISharechain sharechain, CancellationToken cancellation)
    {
        var block = await mainchain.GetTemplateAsync(cancellation);
        var figures = await sharechain.GetFiguresAsync(cancellation);
        var tip = await sharechain.GetTipAsync(cancellation);
        return FppsWorth.Of(
            block.CoinbaseValue.Sats, figures.NextBits.Work().ToDouble(), block.Bits.Work().ToDouble(),
            sharechain.Profile.Issuance.Of(tip.Height + 1, figures.NextBits)) is { } worth ? (decimal)worth * Kept : 0;
    }
}
