using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Client.Wallets;

/// <summary>
/// The coins of one seed on both chains, as the chains that it is given show them. On Bitcoin these are also the rewards that its
/// shares earned: a winner is paid to the script that holds its shares. Builds and signs; what is broadcast, and when, is the
/// caller's matter.
/// </summary>
/// <param name="keys">The keys; not disposed.</param>
/// <param name="file">What it remembers.</param>
/// <param name="mainchain">Bitcoin.</param>
/// <param name="sharechain">The chain of shares.</param>
public sealed class Wallet(WalletKeys keys, WalletFile file, IChain mainchain, IChain sharechain)
{
    /// <summary>Addresses beyond the last one used that are looked at (BIP44).</summary>
    public const uint GapLimit = 20;

    /// <summary>The keys.</summary>
    public WalletKeys Keys => keys;

    /// <summary>What the wallet remembers: addresses given out, coins promised.</summary>
    public WalletFile File => file;

    /// <summary>The chain that a kind names.</summary>
    public IChain On(ChainKind chain) => chain == ChainKind.Mainchain ? mainchain : sharechain;

    /// <summary>The first address's script: stable, for mining and for payouts.</summary>
    public Script PrimaryScript(ChainKind chain)
    {
        file.Give(chain, change: false, 1);
        return keys.ScriptOf(chain, change: false, 0);
    }

    /// <summary>A script that was not given out before.</summary>
    public Script NewScript(ChainKind chain, bool change = false)
    {
        var index = file.Given(chain, change);
        file.Give(chain, change, index + 1);
        return keys.ScriptOf(chain, change, index);
    }

    /// <summary>Every coin of the wallet on a chain.</summary>
    public async Task<ImmutableArray<WalletCoin>> GetCoinsAsync(ChainKind chain, CancellationToken cancellation = default)
    {
        var coins = ImmutableArray.CreateBuilder<WalletCoin>();
        foreach (var (addresses, change) in BranchesOn(chain))
        {
            coins.AddRange(await ScanAsync(chain, addresses, change, cancellation).ConfigureAwait(false));
        }

        return coins.ToImmutable();
    }

    /// <summary>What the wallet has on a chain.</summary>
    public async Task<WalletBalance> GetBalanceAsync(ChainKind chain, CancellationToken cancellation = default) =>
        BalanceOf(await GetCoinsAsync(chain, cancellation).ConfigureAwait(false));

    /// <summary>What the wallet has of each expiry series, the one that expires first before the others; empty where shares never
    /// expire.</summary>
    public async Task<ImmutableArray<WalletSeries>> GetSeriesAsync(CancellationToken cancellation = default)
    {
        if (sharechain is not ISharechain { Profile: { SeriesLength: not null } profile } shares)
        {
            return [];
        }

        var coins = await GetCoinsAsync(ChainKind.Sharechain, cancellation).ConfigureAwait(false);
        var all = ImmutableArray.CreateBuilder<WalletSeries>();
        foreach (var group in coins.Where(coin => coin.Coin.RootHeight is not null)
            .GroupBy(coin => Series.Of(profile, coin.Coin.RootHeight!.Value)!.Value).OrderBy(group => group.Key.Number))
        {
            var oldest = await shares.GetLifeAsync(group.Min(coin => coin.Coin.RootHeight!.Value), cancellation)
                .ConfigureAwait(false);
            all.Add(new WalletSeries(
                group.Key, Instrument.IdOf(profile.Design, group.Key.Number), BalanceOf(group), oldest,
                (long)(oldest.BlocksLeft * oldest.Spacing)));
        }

        return all.ToImmutable();
    }

    /// <summary>The number of the expiry series that an output of a chain is of; null where it is of none.</summary>
    public int? SeriesOf(ChainKind chain, UnspentOutput coin)
    {
        ArgumentNullException.ThrowIfNull(coin);
        return chain == ChainKind.Sharechain && coin.RootHeight is { } root && sharechain is ISharechain shares
            ? Series.Of(shares.Profile, root)?.Number
            : null;
    }

    private static WalletBalance BalanceOf(IEnumerable<WalletCoin> coins)
    {
        Amount spendable = default, reserved = default, immature = default, incoming = default;
        foreach (var coin in coins)
        {
            if (coin.ReservedFor is not null)
            {
                reserved += coin.Value;
            }
            else if (coin.IsSpendable)
            {
                spendable += coin.Value;
            }
            else if (coin.Coin.IsCoinbase)
            {
                immature += coin.Value;
            }
            else
            {
                incoming += coin.Value;
            }
        }

        return new WalletBalance(spendable, reserved, immature, incoming);
    }

    /// <summary>
    /// Builds and signs a transaction that pays these outputs. Change goes to a new address; where coins promised to a purpose are
    /// spent, back to the script of the first of them and stays promised, so that an order keeps its backing. Coins of one expiry
    /// series are never spent beside those of another: what comes of both would expire with the older.
    /// </summary>
    /// <param name="chain">Where.</param>
    /// <param name="outputs">What to pay, in this order, before any change.</param>
    /// <param name="rate">The feerate.</param>
    /// <param name="purpose">Coins promised to this are spent first, and free ones where they do not suffice; null for free
    /// coins only.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="series">The expiry series whose shares are spent; null where these are of one, or never expire.</param>
    /// <exception cref="InsufficientFundsException">The coins do not suffice.</exception>
    /// <exception cref="SeveralSeriesException">No series is named, and there are several.</exception>
    /// <exception cref="DustException">A payment is too small for any node to relay.</exception>
    public async Task<WalletTransaction> BuildAsync(
        ChainKind chain,
        ImmutableArray<TxOut> outputs,
        FeeRate rate,
        string? purpose = null,
        WalletUse use = WalletUse.Payment,
        CancellationToken cancellation = default,
        int? series = null)
    {
        foreach (var output in use == WalletUse.Payment ? outputs : [])
        {
            if (output.Value < LeastOf(chain, output.ScriptPubKey))
            {
                throw new DustException(chain, output, LeastOf(chain, output.ScriptPubKey));
            }
        }

        var known = await GetCoinsAsync(chain, cancellation).ConfigureAwait(false);
        var all = known.Where(coin => use == WalletUse.Payment || coin.Coin.Confirmations > 0).ToList();
        var promised = all.Where(coin => coin.IsSpendable && purpose is not null && coin.ReservedFor == purpose).ToList();
        var free = all.Where(coin => coin.IsSpendable && coin.ReservedFor is null).ToList();
        if (OneSeries(chain, promised.Count > 0 ? promised : free, series) is { } one)
        {
            promised.RemoveAll(coin => SeriesOf(chain, coin.Coin) != one);
            free.RemoveAll(coin => SeriesOf(chain, coin.Coin) != one);
        }

        var changeIndex = file.Given(chain, change: true);
        var change = promised.Count > 0
            ? promised[0].Coin.Output.ScriptPubKey
            : keys.ScriptOf(chain, change: true, changeIndex);
        var selection = CoinSelector.Select(promised.Select(coin => coin.ToSpendable()), outputs, change, rate)
            ?? CoinSelector.Select(promised.Concat(free).Select(coin => coin.ToSpendable()), outputs, change, rate)
            ?? throw TooLittle(chain, outputs, [.. promised, .. free], known);
        if (selection.Change > Amount.Zero)
        {
            // To one of those that are spent: what stood on them is looked for there.
            if (promised.Count > 0 && selection.Coins.All(coin => coin.Output.ScriptPubKey != change))
            {
                change = promised.Find(coin => selection.Coins.Any(spent => spent.OutPoint == coin.OutPoint))
                    ?.Coin.Output.ScriptPubKey ?? change;
            }

            outputs = outputs.Add(new TxOut(selection.Change, change));
        }

        var transaction = Sign(chain, selection.Coins, outputs);
        if (use == WalletUse.Payment)
        {
            file.NoteOwn(transaction.Id);
        }

        Remember(chain, transaction, selection, purpose, promised.Count > 0, changeIndex);
        return new WalletTransaction(transaction, selection.Coins);
    }

    /// <summary>
    /// Looks for addresses that hold coins further beyond the last known one than every balance does, and remembers those
    /// found. For chains whose history of addresses is not to be had: a stretch of emptied addresses must not hide those behind
    /// it.
    /// </summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="gap">Addresses looked at beyond the last one that holds something, on each branch.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task FindAddressesAsync(ChainKind chain, uint gap, CancellationToken cancellation = default)
    {
        var source = On(chain);
        foreach (var (addresses, change) in BranchesOn(chain))
        {
            var end = file.Given(addresses, change) + gap;
            for (uint index = 0; index < end; index++)
            {
                var script = keys.ScriptOf(addresses, change, index);
                if ((await source.GetCoinsAsync(script, cancellation).ConfigureAwait(false)).Length > 0)
                {
                    file.Give(addresses, change, index + 1);
                    end = Math.Max(end, index + 1 + gap);
                }
            }
        }
    }

    /// <summary>
    /// Builds and signs a transaction that moves coins to a new address of this wallet, so that no transaction that spends one
    /// of them and that this wallet has forgotten can be in a block any more. As many as one transaction may hold, of one expiry
    /// series; the largest first.
    /// </summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="rate">The feerate.</param>
    /// <param name="isMoved">Which coins.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where there is none that is worth its fee.</returns>
    public async Task<WalletTransaction?> SweepAsync(
        ChainKind chain, FeeRate rate, Func<WalletCoin, bool> isMoved, CancellationToken cancellation = default)
    {
        var all = await GetCoinsAsync(chain, cancellation).ConfigureAwait(false);
        var coins = all.Where(coin => coin.IsSpendable && isMoved(coin))
            .GroupBy(coin => SeriesOf(chain, coin.Coin))
            .MaxBy(group => group.Sum(coin => coin.Value.Sats))?
            .OrderByDescending(coin => coin.Value.Sats)
            .Take(CoinSelector.MaxInputs)
            .Select(coin => coin.ToSpendable())
            .ToList();
        if (coins is not { Count: > 0 })
        {
            return null;
        }

        var destination = NewScript(chain);
        return CoinSelector.TryFinish([.. coins], [], destination, rate) is { Change.Sats: > 0 } selection
            ? new WalletTransaction(Finish(chain, selection, [], destination), selection.Coins)
            : null;
    }

    // What nodes relay, and where shares are sent what the sharechain allows: the scripts of some witness programs may be paid less
    // on Bitcoin.
    private Amount LeastOf(ChainKind chain, Script script)
    {
        var relayed = Dust.Threshold(script);
        return chain == ChainKind.Sharechain && !script.IsUnspendable
            && sharechain is ISharechain { Profile.LeastOutput: var least } && least > relayed ? least : relayed;
    }

    // The series that is named, or the only one; null where nothing expires.
    private int? OneSeries(ChainKind chain, List<WalletCoin> coins, int? named)
    {
        if (named is not null)
        {
            return named;
        }

        var all = coins.Select(coin => SeriesOf(chain, coin.Coin)).OfType<int>().Distinct().Order().ToList();
        return all.Count <= 1 ? all.Cast<int?>().SingleOrDefault() : throw new SeveralSeriesException(
            $"The wallet has shares of several series ({string.Join(", ", all)}), which expire at different times: name one with "
            + "--instrument.");
    }

    private void Remember(
        ChainKind chain, Transaction transaction, CoinSelection selection, string? purpose, bool keepsPromise, uint changeIndex)
    {
        if (selection.Change == Amount.Zero)
        {
            return;
        }

        if (keepsPromise)
        {
            var back = new OutPoint(transaction.Id, (uint)transaction.Outputs.Length - 1);
            file.TryReserve(chain, [back], purpose!);
        }
        else
        {
            file.Give(chain, change: true, changeIndex + 1);
        }
    }

    // Says also where the rest is, since who sees a balance asks.
    private static InsufficientFundsException TooLittle(
        ChainKind chain, ImmutableArray<TxOut> outputs, IReadOnlyCollection<WalletCoin> coins, IEnumerable<WalletCoin> known)
    {
        var wanted = outputs.Sum(output => output.Value.Sats);
        var there = coins.Sum(coin => coin.Value.Sats);
        var others = known.Except(coins).ToList();
        var waiting = others.Where(coin => coin.Coin.Confirmations == 0).Sum(coin => coin.Value.Sats);
        var promised = others.Where(coin => coin.Coin.Confirmations > 0 && coin.ReservedFor is not null)
            .Sum(coin => coin.Value.Sats);
        var unit = chain == ChainKind.Mainchain ? "sat" : "base units of shares";
        return new InsufficientFundsException(
            chain,
            $"The wallet has {there} {unit} to spend and {wanted} and a fee are asked for."
            + (waiting > 0 ? $" {waiting} more wait for their first block." : "")
            + (promised > 0
                ? $" {promised} more are promised to orders and swaps, or proved: market coins free takes proved ones back."
                : ""));
    }

    /// <summary>Signs a transaction that spends coins of this wallet.</summary>
    internal Transaction Sign(
        ChainKind chain, ImmutableArray<SpendableCoin> coins, ImmutableArray<TxOut> outputs)
    {
        var inputs = coins.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.ReplaceableSequence));
        return TransactionSigner.Sign(
            new Transaction(2, [.. inputs], outputs, 0),
            [.. coins.Select(coin => coin.Output)],
            input => Find(chain, coins[input].Output.ScriptPubKey) is { } place
                ? keys.KeyOf(place)
                : throw new InvalidOperationException("The coin is none of this wallet's."));
    }

    /// <summary>Signs what coin selection made, with its change behind the outputs.</summary>
    internal Transaction Finish(
        ChainKind chain, CoinSelection selection, ImmutableArray<TxOut> outputs, Script change)
    {
        var all = selection.Change > Amount.Zero ? outputs.Add(new TxOut(selection.Change, change)) : outputs;
        return Sign(chain, selection.Coins, all);
    }

    /// <summary>True for a script of this wallet, on either chain.</summary>
    public bool Owns(Script script) => Find(ChainKind.Mainchain, script) is not null;

    /// <summary>The branches whose addresses hold coins of the wallet on a chain: on Bitcoin also those of shares.</summary>
    internal static ImmutableArray<(ChainKind Addresses, bool Change)> BranchesOn(ChainKind chain) =>
    [
        .. chain == ChainKind.Mainchain ? OwnBranches(ChainKind.Mainchain) : [], .. OwnBranches(ChainKind.Sharechain),
    ];

    /// <summary>Where the key of a script is that holds coins on a chain; null where it is none of the wallet's.</summary>
    internal KeyPlace? Find(ChainKind chain, Script script)
    {
        foreach (var (addresses, change) in BranchesOn(chain))
        {
            var end = file.Given(addresses, change) + GapLimit;
            for (uint index = 0; index < end; index++)
            {
                if (keys.ScriptOf(addresses, change, index) == script)
                {
                    return new KeyPlace(addresses, change, index);
                }
            }
        }

        return null;
    }

    private static (ChainKind Addresses, bool Change)[] OwnBranches(ChainKind chain) => [(chain, false), (chain, true)];

    private async Task<List<WalletCoin>> ScanAsync(
        ChainKind chain, ChainKind addresses, bool change, CancellationToken cancellation)
    {
        var source = On(chain);
        var found = new List<WalletCoin>();
        var end = file.Given(addresses, change) + GapLimit;
        for (uint index = 0; index < end; index++)
        {
            var script = keys.ScriptOf(addresses, change, index);
            var coins = await source.GetCoinsAsync(script, cancellation).ConfigureAwait(false);
            foreach (var coin in coins)
            {
                // Change of this wallet's own transactions: nobody else can take it back.
                var spendable = coin.IsSpendable(source.CoinbaseMaturity)
                    && (coin.Confirmations > 0 || file.IsOwn(coin.OutPoint.TxId));
                found.Add(new WalletCoin(
                    coin, new KeyPlace(addresses, change, index), spendable, file.ReservedFor(chain, coin.OutPoint)));
            }

            if (coins.Length > 0)
            {
                file.Give(addresses, change, index + 1);
                end = Math.Max(end, index + 1 + GapLimit);
            }
        }

        return found;
    }
}
