using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;

namespace Market.Client.Wallets;

/// <summary>Replaces a wallet's own unconfirmed transactions by dearer ones (BIP125).</summary>
/// <param name="wallet">Whose.</param>
public sealed class WalletReplacer(Wallet wallet)
{
    /// <summary>
    /// Builds and signs a transaction that spends every coin of another and pays more, so that of the two only one can ever be in
    /// a block. Where the fee outgrows the change, confirmed coins are added: promised ones first, then free ones.
    /// </summary>
    /// <param name="chain">Where.</param>
    /// <param name="before">What is replaced.</param>
    /// <param name="kept">How many of its outputs are kept, from the first; what follows was change.</param>
    /// <param name="least">What all versions of it paid at most: this one pays more.</param>
    /// <param name="rate">The feerate wished; more where the rules of replacement ask for it.</param>
    /// <param name="purpose">What promised coins may be added for; null for free coins only.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where the wallet has too little, or a coin is none of its own.</returns>
    public async Task<WalletTransaction?> ReplaceAsync(
        ChainKind chain,
        WalletTransaction before,
        int kept,
        Amount least,
        FeeRate rate,
        string? purpose = null,
        CancellationToken cancellation = default)
    {
        if (!IsOwn(chain, before))
        {
            return null;
        }

        ImmutableArray<TxOut> outputs = before.Transaction.Outputs[..kept];
        var change = before.Transaction.Outputs.Length > kept
            ? before.Transaction.Outputs[kept].ScriptPubKey
            : before.Coins[0].Output.ScriptPubKey;
        var coins = before.Coins;
        var more = new Queue<SpendableCoin>(await AddableAsync(chain, coins, purpose, cancellation).ConfigureAwait(false));
        while (true)
        {
            if (Dearer(before, coins, outputs, change, least, rate) is { } selection)
            {
                var transaction = wallet.Finish(chain, selection, outputs, change);
                KeepPromise(chain, before, transaction, kept);
                return new WalletTransaction(transaction, selection.Coins);
            }

            if (coins.Length >= CoinSelector.MaxInputs || !more.TryDequeue(out var coin))
            {
                return null;
            }

            coins = coins.Add(coin);
        }
    }

    /// <summary>Builds and signs a transaction that takes every coin of another, not yet confirmed one to a script: then that one
    /// can never be in a block any more.</summary>
    /// <param name="chain">Where.</param>
    /// <param name="before">What is made void.</param>
    /// <param name="least">What all versions of it paid at most: less than this is not enough.</param>
    /// <param name="destination">Where the coins go.</param>
    /// <param name="rate">The feerate wished; more where the rules of replacement ask for it.</param>
    /// <returns>Null where nothing would be left, or a coin is none of the wallet's.</returns>
    public WalletTransaction? TakeBack(
        ChainKind chain, WalletTransaction before, Amount least, Script destination, FeeRate rate)
    {
        var vsize = TxSizes.VirtualSize(before.Coins.Select(coin => coin.Output.ScriptPubKey), [], destination);
        var dearer = LeastRate(before, least, vsize, rate);
        return IsOwn(chain, before)
            && CoinSelector.TryFinish(before.Coins, [], destination, dearer) is { Change.Sats: > 0 } selection
            ? new WalletTransaction(wallet.Finish(chain, selection, [], destination), selection.Coins)
            : null;
    }

    /// <summary>Builds and signs a transaction that spends the change of an own, unconfirmed one back to its script, at a fee that
    /// pays for both.</summary>
    /// <param name="chain">Where.</param>
    /// <param name="parent">What is paid for.</param>
    /// <param name="paid">What it pays itself.</param>
    /// <param name="change">Which of its outputs is the wallet's.</param>
    /// <param name="least">What a version before paid: this one pays more.</param>
    /// <param name="rate">The feerate of both together.</param>
    /// <returns>Null where there is no such output, or nothing would be left of it.</returns>
    public WalletTransaction? PayFor(
        ChainKind chain, Transaction parent, Amount paid, int change, Amount least, FeeRate rate)
    {
        if (change >= parent.Outputs.Length || wallet.Find(chain, parent.Outputs[change].ScriptPubKey) is null)
        {
            return null;
        }

        var output = parent.Outputs[change];
        var coin = new SpendableCoin(new OutPoint(parent.Id, (uint)change), output);
        var vsize = TxSizes.VirtualSize([output.ScriptPubKey], [], output.ScriptPubKey);
        var step = FeeRate.MinimumRelay.FeeFor(vsize);
        var both = rate.FeeFor(parent.VirtualSize + vsize) - paid;
        var fee = new Amount(Math.Max(Math.Max(both.Sats, step.Sats), least.Sats > 0 ? (least + step).Sats : 0));
        var left = new TxOut(output.Value - fee, output.ScriptPubKey);
        return Dust.IsDust(left) ? null : new WalletTransaction(wallet.Sign(chain, [coin], [left]), [coin]);
    }

    private bool IsOwn(ChainKind chain, WalletTransaction transaction) => transaction.Coins.Length > 0
        && transaction.Coins.All(coin => wallet.Find(chain, coin.Output.ScriptPubKey) is not null);

    private static CoinSelection? Dearer(
        WalletTransaction before,
        ImmutableArray<SpendableCoin> coins,
        ImmutableArray<TxOut> outputs,
        Script change,
        Amount least,
        FeeRate rate)
    {
        var scripts = coins.Select(coin => coin.Output.ScriptPubKey).ToList();
        var without = TxSizes.VirtualSize(scripts, outputs, null);
        return CoinSelector.TryFinish(coins, outputs, change,
            LeastRate(before, before.Fee > least ? before.Fee : least, without, rate));
    }

    // BIP125: a higher feerate, and all that was paid before and the relay fee of the own size on top. Reckoned for the least
    // size that it may have: a larger one pays more.
    private static FeeRate LeastRate(WalletTransaction before, Amount paid, int vsize, FeeRate rate)
    {
        var step = FeeRate.MinimumRelay;
        var rules = FeeRate.Of(paid + step.FeeFor(vsize), vsize).SatsPerKvB + 1;
        var higher = FeeRate.Of(before.Fee, before.Transaction.VirtualSize).SatsPerKvB + step.SatsPerKvB;
        return new FeeRate(Math.Max(rate.SatsPerKvB, Math.Max(rules, higher)));
    }

    /// <summary>What the change before was promised to, the change now is.</summary>
    private void KeepPromise(ChainKind chain, WalletTransaction before, Transaction now, int kept)
    {
        var purpose = wallet.File.ReservedFor(chain, new OutPoint(before.Transaction.Id, (uint)kept))
            ?? before.Coins.Select(coin => wallet.File.ReservedFor(chain, coin.OutPoint))
                .FirstOrDefault(given => given is not null);
        if (purpose is not null && now.Outputs.Length > kept)
        {
            wallet.File.TryReserve(chain, [new OutPoint(now.Id, (uint)kept)], purpose);
        }
    }

    private async Task<List<SpendableCoin>> AddableAsync(
        ChainKind chain, ImmutableArray<SpendableCoin> spent, string? purpose, CancellationToken cancellation)
    {
        var all = await wallet.GetCoinsAsync(chain, cancellation).ConfigureAwait(false);

        // Of another series none is added: what is paid would expire with the older.
        var before = await wallet.On(chain).FindUnspentAsync(spent[0].OutPoint, withMempool: false, cancellation)
            .ConfigureAwait(false);
        var series = before is null ? null : wallet.SeriesOf(chain, before);
        return
        [
            .. all.Where(coin => coin.IsSpendable && wallet.SeriesOf(chain, coin.Coin) == series && coin.Coin.Confirmations > 0
                    && (coin.ReservedFor is null || coin.ReservedFor == purpose)
                    && !spent.Any(known => known.OutPoint == coin.OutPoint))
                .OrderBy(coin => coin.ReservedFor is null).ThenByDescending(coin => coin.Value).ThenBy(coin => coin.OutPoint)
                .Select(coin => coin.ToSpendable()),
        ];
    }
}
