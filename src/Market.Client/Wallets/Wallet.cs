using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>
/// The coins of one seed on both chains, as the chains that it is given show them. Builds and signs; what is
/// broadcast, and when, is the caller's matter.
/// </summary>
/// <param name="keys">The keys; not disposed.</param>
/// <param name="file">What it remembers.</param>
/// <param name="mainchain">Bitcoin.</param>
/// <param name="sharechain">The chain of shares.</param>
public sealed class Wallet(WalletKeys keys, WalletFile file, IChain mainchain, IChain sharechain)
{
    /// <summary>Addresses beyond the last one used that are looked at (BIP44).</summary>
    public const uint GapLimit = 20;

    private static readonly bool[] Branches = [false, true];

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
        foreach (var change in Branches)
        {
            coins.AddRange(await ScanAsync(chain, change, cancellation).ConfigureAwait(false));
        }

        return coins.ToImmutable();
    }

    /// <summary>What the wallet has on a chain.</summary>
    public async Task<WalletBalance> GetBalanceAsync(ChainKind chain, CancellationToken cancellation = default)
    {
        Amount spendable = default, reserved = default, immature = default, incoming = default;
        foreach (var coin in await GetCoinsAsync(chain, cancellation).ConfigureAwait(false))
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
    /// spent, back to the script of the first of them and stays promised, so that an order keeps its backing.
    /// </summary>
    /// <param name="chain">Where.</param>
    /// <param name="outputs">What to pay, in this order, before any change.</param>
    /// <param name="rate">The feerate.</param>
    /// <param name="purpose">Coins promised to this are spent first, and free ones where they do not suffice; null for free
    /// coins only.</param>
    /// <param name="use">What it is for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InsufficientFundsException">The coins do not suffice.</exception>
    /// <exception cref="DustException">A payment is too small for any node to relay.</exception>
    public async Task<WalletTransaction> BuildAsync(
        ChainKind chain,
        ImmutableArray<TxOut> outputs,
        FeeRate rate,
        string? purpose = null,
        WalletUse use = WalletUse.Payment,
        CancellationToken cancellation = default)
    {
        if (use == WalletUse.Payment && outputs.Any(output => Dust.IsDust(output)))
        {
            throw new DustException(chain, outputs.First(output => Dust.IsDust(output)));
        }

        var all = (await GetCoinsAsync(chain, cancellation).ConfigureAwait(false))
            .Where(coin => use == WalletUse.Payment || coin.Coin.Confirmations > 0).ToList();
        var promised = all.Where(coin => coin.IsSpendable && purpose is not null && coin.ReservedFor == purpose).ToList();
        var free = all.Where(coin => coin.IsSpendable && coin.ReservedFor is null).ToList();
        var changeIndex = file.Given(chain, change: true);
        var change = promised.Count > 0
            ? promised[0].Coin.Output.ScriptPubKey
            : keys.ScriptOf(chain, change: true, changeIndex);
        var selection = CoinSelector.Select(promised.Select(coin => coin.ToSpendable()), outputs, change, rate)
            ?? CoinSelector.Select(promised.Concat(free).Select(coin => coin.ToSpendable()), outputs, change, rate)
            ?? throw TooLittle(chain, outputs, promised.Concat(free));
        if (selection.Change > Amount.Zero)
        {
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
        foreach (var change in Branches)
        {
            var end = file.Given(chain, change) + gap;
            for (uint index = 0; index < end; index++)
            {
                var coins = await source.GetCoinsAsync(keys.ScriptOf(chain, change, index), cancellation).ConfigureAwait(false);
                if (coins.Length > 0)
                {
                    file.Give(chain, change, index + 1);
                    end = Math.Max(end, index + 1 + gap);
                }
            }
        }
    }

    /// <summary>
    /// Builds and signs a transaction that moves coins to a new address of this wallet, so that no transaction that spends one
    /// of them and that this wallet has forgotten can be in a block any more. As many as one transaction may hold; the largest
    /// first.
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
            .OrderByDescending(coin => coin.Value.Sats)
            .Take(CoinSelector.MaxInputs)
            .Select(coin => coin.ToSpendable())
            .ToList();
        if (coins.Count == 0)
        {
            return null;
        }

        var destination = NewScript(chain);
        return CoinSelector.TryFinish([.. coins], [], destination, rate) is { Change.Sats: > 0 } selection
            ? new WalletTransaction(Finish(chain, selection, [], destination), selection.Coins)
            : null;
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

    private static InsufficientFundsException TooLittle(
        ChainKind chain, ImmutableArray<TxOut> outputs, IEnumerable<WalletCoin> coins)
    {
        var wanted = outputs.Sum(output => output.Value.Sats);
        var there = coins.Sum(coin => coin.Value.Sats);
        var unit = chain == ChainKind.Mainchain ? "sat" : "base units of shares";
        return new InsufficientFundsException(
            chain, $"The wallet has {there} {unit} to spend and {wanted} and a fee are asked for.");
    }

    /// <summary>Signs a transaction that spends coins of this wallet.</summary>
    internal Transaction Sign(
        ChainKind chain, ImmutableArray<SpendableCoin> coins, ImmutableArray<TxOut> outputs)
    {
        var inputs = coins.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.ReplaceableSequence));
        return TransactionSigner.Sign(
            new Transaction(2, [.. inputs], outputs, 0),
            [.. coins.Select(coin => coin.Output)],
            input => Find(chain, coins[input].Output.ScriptPubKey) is var (change, index)
                ? keys.KeyOf(chain, change, index)
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
    public bool Owns(Script script) =>
        Find(ChainKind.Mainchain, script) is not null || Find(ChainKind.Sharechain, script) is not null;

    /// <summary>On which branch a script is, and its number; null where it is none of the wallet's.</summary>
    internal (bool Change, uint Index)? Find(ChainKind chain, Script script)
    {
        foreach (var change in Branches)
        {
            var end = file.Given(chain, change) + GapLimit;
            for (uint index = 0; index < end; index++)
            {
                if (keys.ScriptOf(chain, change, index) == script)
                {
                    return (change, index);
                }
            }
        }

        return null;
    }

    private async Task<List<WalletCoin>> ScanAsync(ChainKind chain, bool change, CancellationToken cancellation)
    {
        var source = On(chain);
        var found = new List<WalletCoin>();
        var end = file.Given(chain, change) + GapLimit;
        for (uint index = 0; index < end; index++)
        {
            var coins = await source.GetCoinsAsync(keys.ScriptOf(chain, change, index), cancellation).ConfigureAwait(false);
            foreach (var coin in coins)
            {
                // Change of this wallet's own transactions: nobody else can take it back.
                var spendable = coin.IsSpendable(source.CoinbaseMaturity)
                    && (coin.Confirmations > 0 || file.IsOwn(coin.OutPoint.TxId));
                found.Add(new WalletCoin(coin, change, index, spendable, file.ReservedFor(chain, coin.OutPoint)));
            }

            if (coins.Length > 0)
            {
                file.Give(chain, change, index + 1);
                end = Math.Max(end, index + 1 + GapLimit);
            }
        }

        return found;
    }
}
