using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Engine = Market.Trading;

namespace Market.Api.Trading;

/// <summary>Checks the coins an order names, or draws on: on their chain, spendable, signed for by their address, and
/// enough.</summary>
/// <param name="source">The chains.</param>
/// <param name="instrument">The instrument.</param>
/// <param name="promises">Which coins are proved.</param>
/// <param name="clock">Tells the time.</param>
public sealed class BackingCheck(IOutpointSource source, MarketInstrument instrument, Promises promises, TimeProvider clock)
{
    /// <summary>Proved coins that are looked at for one order that draws on any of its account's.</summary>
    public static int MostLooks { get; } = 2 * InstrumentListing.Rules.MaxOutpoints;

    /// <summary>How the coins of an order are to stand behind it.</summary>
    public static CoinHold HoldOf(PlaceOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.Outpoints.Count == 0 ? CoinHold.Pooled
            : order.Outpoints[0].Signature is null ? CoinHold.Named
            : CoinHold.Whole;
    }

    /// <summary>The proved coins that an order names, or of its account's those that do for it, in the order in which they are to
    /// be drawn on; or why they do not do. What of them is promised by then is its turn's to say.</summary>
    /// <param name="key">The account.</param>
    /// <param name="order">The order.</param>
    /// <param name="side">Its side.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<IReadOnlyList<Backing>>> ProvedAsync(
        string key, PlaceOrder order, Engine.Side side, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        var chain = BackingRules.ChainOf(side);
        var gives = BackingRules.Gives(side, order.WorstPrice.Sats, order.Quantity.Units);
        try
        {
            return HoldOf(order) == CoinHold.Named
                ? await NamedAsync(key, order, chain, cancel)
                : await PooledAsync(key, chain, side, gives, cancel);
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
    }

    /// <summary>The proved coins on which an order that is to be larger may draw more, each looked at: of the order's own where it
    /// names them, and of its account's else. As many of the largest as it takes, and one to spare.</summary>
    /// <param name="key">The account.</param>
    /// <param name="side">Its side.</param>
    /// <param name="gives">What it may have to give then at most, fees aside.</param>
    /// <param name="had">All proved coins that it ever had.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<IReadOnlySet<OutPoint>>> MoreAsync(
        string key, Engine.Side side, long gives, IReadOnlyList<(OutPoint Coin, CoinHold Hold)> had, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(had);
        var chain = BackingRules.ChainOf(side);
        var isPooled = had.Any(coin => coin.Hold == CoinHold.Pooled);
        var free = promises.Coins.Of(key, clock.GetUtcNow())
            .Where(c => c.Free > 0 && BackingRules.IsOf(instrument, chain, c.Coin)
                && (isPooled || had.Any(own => own.Coin == c.Coin.Coin.OutPoint)))
            .OrderByDescending(c => c.Free).ThenBy(c => c.Coin.Coin.OutPoint);
        try
        {
            var enough = await EnoughAsync(free, chain, side, gives, MostLooks, cancel);
            return enough.Select(proved => proved.Coin.OutPoint).ToHashSet();
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
    }

    /// <summary>Why a coin cannot stand behind an order of whichever instrument; null where it can.</summary>
    /// <param name="coin">The coin, as its chain shows it; null where that shows none.</param>
    /// <param name="outpoint">Its name.</param>
    /// <param name="maturity">Blocks after which coinbase outputs of its chain may be spent.</param>
    public static Refusal? WhyNot(UnspentOutput? coin, string outpoint, int maturity)
    {
        if (coin is null)
            return new Refusal(ProblemCodes.OutpointUnavailable, $"{outpoint} is unknown on its chain, or spent.");
        if (coin.Confirmations < 1)
            return new Refusal(ProblemCodes.OutpointUnavailable, $"{outpoint} is not confirmed.");
        return coin.IsSpendable(maturity)
            ? null
            : new Refusal(ProblemCodes.OutpointUnavailable,
                $"{outpoint} has {coin.Confirmations} of {maturity} confirmations until it can be spent.");
    }

    /// <summary>Why an address did not sign for a coin; null where it did.</summary>
    /// <param name="text">What it is to have signed, UTF-8.</param>
    /// <param name="coin">The coin.</param>
    /// <param name="outpoint">Its name.</param>
    /// <param name="signature">BIP322's simple form.</param>
    public static Refusal? WhyNotSigned(byte[] text, UnspentOutput coin, string outpoint, string signature)
    {
        ArgumentNullException.ThrowIfNull(coin);
        return Bip322.Verify(text, coin.Output.ScriptPubKey, signature) switch
        {
            { IsValid: true } => null,
            { Error: Bip322Error.AddressKind } => new Refusal(ProblemCodes.OutpointNotOwned,
                $"{outpoint} pays to a kind of address that cannot sign: use P2WPKH, P2WSH or P2TR."),
            var wrong => new Refusal(ProblemCodes.OutpointNotOwned,
                $"The signature for {outpoint} is wrong ({wrong.Error}): its address signs the text (BIP322)."),
        };
    }

    /// <summary>The coins, or why they do not do.</summary>
    /// <param name="order">The order.</param>
    /// <param name="side">Its side.</param>
    /// <param name="text">The order's text, UTF-8, which the address of each coin signed.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<IReadOnlyList<Backing>>> RunAsync(
        PlaceOrder order, Engine.Side side, byte[] text, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        var chain = BackingRules.ChainOf(side);
        var coins = new List<Backing>(order.Outpoints.Count);
        var worth = 0L;
        try
        {
            foreach (var proof in order.Outpoints)
            {
                if (!OutPoint.TryParse(proof.Outpoint, out var outPoint))
                    return Refusal.Invalid("outpoints", $"'{proof.Outpoint}' is not txid:index.");
                var coin = await source.FindAsync(chain, outPoint, cancel);
                if (Refuse(coin, proof, chain, text) is { } refusal) return refusal;
                coins.Add(new Backing(chain, outPoint, coin!.Output.Value.Sats, coin.Output.ScriptPubKey));
                worth = checked(worth + coin.Output.Value.Sats);
            }
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
        var needs = checked(BackingRules.Gives(side, order.WorstPrice.Sats, order.Quantity.Units)
            + BackingRules.FundingFee(side, coins.Count));
        return worth >= needs
            ? coins
            : new Refusal(ProblemCodes.InsufficientOutpoints,
                $"The outpoints hold {worth}, the order needs {needs} with the least fee of funding it.");
    }

    private Refusal? Refuse(UnspentOutput? coin, OutpointProof proof, ChainKind chain, byte[] text)
    {
        if (WhyNot(coin, proof.Outpoint, source.CoinbaseMaturity(chain)) is { } refusal) return refusal;
        return WhyOfOther(coin!.RootHeight, proof.Outpoint, chain) ?? WhyNotSigned(text, coin, proof.Outpoint, proof.Signature!);
    }

    private Refusal? WhyOfOther(int? root, string outpoint, ChainKind chain) =>
        chain == ChainKind.Sharechain && instrument.Series is { } series && !(root is { } height && series.Holds(height))
            ? new Refusal(ProblemCodes.OutpointOfOtherSeries, WhichSeries(outpoint, root, series))
            : null;

    private async Task<Result<IReadOnlyList<Backing>>> NamedAsync(
        string key, PlaceOrder order, ChainKind chain, CancellationToken cancel)
    {
        var coins = new List<Backing>(order.Outpoints.Count);
        foreach (var named in order.Outpoints)
        {
            if (!OutPoint.TryParse(named.Outpoint, out var outPoint))
                return Refusal.Invalid("outpoints", $"'{named.Outpoint}' is not txid:index.");
            var at = new PromisedCoin(instrument.NameOf(chain), outPoint);
            if (promises.Coins.Find(at) is not { } proved || proved.Key != key || proved.ExpiresAt <= clock.GetUtcNow())
            {
                return new Refusal(ProblemCodes.OutpointNotOwned,
                    $"{named.Outpoint} is not proved for this account: prove it, or bring its signature with the order.");
            }
            if (await LookAsync(at, chain, cancel) is { } refusal) return refusal;
            if (WhyOfOther(proved.Root, named.Outpoint, chain) is { } other) return other;
            coins.Add(proved.Backing(CoinHold.Named, isNamed: true));
        }
        return coins;
    }

    // The smallest that does alone, or else as many of the largest as it takes.
    private async Task<Result<IReadOnlyList<Backing>>> PooledAsync(
        string key, ChainKind chain, Engine.Side side, long gives, CancellationToken cancel)
    {
        var free = promises.Coins.Of(key, clock.GetUtcNow())
            .Where(c => BackingRules.IsOf(instrument, chain, c.Coin)).OrderByDescending(c => c.Free).ToList();
        var alone = free.FindLastIndex(c => c.Free >= gives + BackingRules.FundingFee(side, 1));
        var first = alone < 0 ? free : [.. free[..(alone + 1)].AsEnumerable().Reverse(), .. free[(alone + 1)..]];
        List<Backing> coins =
        [
            .. (await EnoughAsync(first, chain, side, gives, InstrumentListing.Rules.MaxOutpoints, cancel))
                .Select(proved => proved.Backing(CoinHold.Pooled, isNamed: true)),
        ];
        return coins.Count > 0
            ? coins
            : new Refusal(ProblemCodes.InsufficientOutpoints, free.Count == 0
                ? "The account has proved no outpoints for such an order, and the order names none."
                : "None of the account's proved outpoints can be drawn on now.");
    }

    // Of proved coins in their order those that are there, until they are enough. One more is had to spare: a coin that others took
    // meanwhile, or that waits, is left out in the order's turn.
    private async Task<List<ProvedCoin>> EnoughAsync(
        IEnumerable<(ProvedCoin Coin, long Free)> coins, ChainKind chain, Engine.Side side, long gives, int most,
        CancellationToken cancel)
    {
        var found = new List<ProvedCoin>();
        var (worth, isSpare) = (0L, false);
        foreach (var (proved, part) in coins.Take(MostLooks))
        {
            if (found.Count >= most) break;
            if (worth >= gives + BackingRules.FundingFee(side, found.Count))
            {
                if (isSpare) break;
                isSpare = true;
            }
            if (part == 0 || await LookAsync(proved.Coin, chain, cancel) is not null) continue;
            found.Add(proved);
            worth += part;
        }
        return found;
    }

    private async Task<Refusal?> LookAsync(PromisedCoin coin, ChainKind chain, CancellationToken cancel)
    {
        var seen = await source.FindAsync(chain, coin.OutPoint, cancel);
        // One that a reorganisation took away may be there again.
        promises.Coins.Mark(coin, isGone: seen is null);
        return WhyNot(seen, coin.OutPoint.ToString(), source.CoinbaseMaturity(chain));
    }

    private string WhichSeries(string outpoint, int? root, Series series)
    {
        if (root is not { } height) return $"{outpoint} has no root height.";
        var other = Instrument.IdOf(instrument.Base.ToLowerInvariant(), height / series.Length);
        return $"{outpoint} has root height {height} and is sold as {other}; {instrument.Id} is of root heights {series.First} to "
            + $"{series.Last}.";
    }
}
