using System.Collections.Immutable;
using Market.Bitcoin.Wallet;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>What a wallet has on one chain, in base units.</summary>
/// <param name="Spendable">Confirmed or own change, mature, and not promised.</param>
/// <param name="Reserved">Promised to open orders and swaps.</param>
/// <param name="Immature">Mined, not yet spendable.</param>
/// <param name="Incoming">Unconfirmed, from others.</param>
public sealed record WalletBalance(Amount Spendable, Amount Reserved, Amount Immature, Amount Incoming)
{
    /// <summary>All of it.</summary>
    public Amount Total => Spendable + Reserved + Immature + Incoming;
}

/// <summary>A coin of the wallet.</summary>
/// <param name="Coin">The output.</param>
/// <param name="Change">On which branch its address is.</param>
/// <param name="Index">Its address's number.</param>
/// <param name="IsSpendable">Mature, and confirmed or own change.</param>
/// <param name="ReservedFor">What it is promised to; null where it is free.</param>
public sealed record WalletCoin(UnspentOutput Coin, bool Change, uint Index, bool IsSpendable, string? ReservedFor)
{
    /// <summary>Its name.</summary>
    public OutPoint OutPoint => Coin.OutPoint;

    /// <summary>Base units.</summary>
    public Amount Value => Coin.Output.Value;

    /// <summary>As coin selection takes it.</summary>
    public SpendableCoin ToSpendable() => new(Coin.OutPoint, Coin.Output);
}

/// <summary>A signed transaction of the wallet and what it spends.</summary>
/// <param name="Transaction">The transaction with its witnesses.</param>
/// <param name="Coins">The coins that its inputs spend, in order.</param>
public sealed record WalletTransaction(Transaction Transaction, ImmutableArray<SpendableCoin> Coins)
{
    /// <summary>What the miners get.</summary>
    public Amount Fee => new(Coins.Sum(coin => coin.Output.Value.Sats)
        - Transaction.Outputs.Sum(output => output.Value.Sats));
}

/// <summary>What a transaction of the wallet is for.</summary>
public enum WalletUse
{
    /// <summary>A payment: unconfirmed own change may be spent for it, and its own change at once.</summary>
    Payment,

    /// <summary>A swap's lock: only coins in blocks are spent for it, and its change only once it is in one, since it may be
    /// replaced or conflicted until then.</summary>
    Lock,
}

/// <summary>The wallet has too little for what is asked.</summary>
/// <param name="chain">Where.</param>
/// <param name="message">For a person: what there is and what is asked.</param>
public sealed class InsufficientFundsException(ChainKind chain, string message) : Exception(message)
{
    /// <summary>Where.</summary>
    public ChainKind Chain { get; } = chain;
}

/// <summary>
/// The coins of one seed on both chains, as the chains that it is given show them. Builds and signs; what is
/// broadcast, and when, is the caller's matter.
/// </summary>
/// <param name="keys">The keys; not disposed.</param>
/// <param name="file">What it remembers.</param>
/// <param name="mainchain">Bitcoin.</param>
/// <param name="sharechain">The chain of shares.</param>
public sealed partial class Wallet(WalletKeys keys, WalletFile file, IChain mainchain, IChain sharechain)
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

    private Transaction Sign(
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

    /// <summary>True for a script of this wallet, on either chain.</summary>
    public bool Owns(Script script) =>
        Find(ChainKind.Mainchain, script) is not null || Find(ChainKind.Sharechain, script) is not null;

    /// <summary>On which branch a script is, and its number; null where it is none of the wallet's.</summary>
    private (bool Change, uint Index)? Find(ChainKind chain, Script script)
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
