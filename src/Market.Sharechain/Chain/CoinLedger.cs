using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// A state's unspent outputs: a block's transactions come in and are taken back, what ripens takes part in the draw, what is older
/// than the window goes. Belongs to a state and goes with it.
/// </summary>
internal sealed class CoinLedger(SharechainProfile profile)
{
    private readonly CoinTable _coins = new();

    // Places of sharebase outputs that wait, by the height that made them.
    private readonly Dictionary<int, ImmutableArray<int>> _immature = [];

    /// <summary>Root heights of the outputs; null in rows whose shares never expire.</summary>
    public WindowBook? Window { get; } = profile.Window is null ? null : new WindowBook();

    /// <summary>Outputs of a lower root height are expired, and gone.</summary>
    public int WindowStart { get; private set; }

    /// <summary>The next output's place in creation order.</summary>
    public int NextPlace { get; private set; }

    /// <summary>Base units in all of them.</summary>
    public Amount Supply { get; private set; }

    /// <summary>Base units in those that take part.</summary>
    public long Units => _coins.Units;

    /// <summary>How many there are.</summary>
    public int Count => _coins.Count;

    /// <summary>All of them in no particular order.</summary>
    public IEnumerable<ShareCoin> All => _coins.All;

    /// <summary>The same in creation order.</summary>
    public IEnumerable<ShareCoin> InOrder => _coins.InOrder;

    /// <summary>One; null where there is none.</summary>
    public ShareCoin? Find(OutPoint outPoint) => _coins.Find(outPoint);

    /// <summary>Those under exactly this script, in creation order.</summary>
    public IEnumerable<ShareCoin> WithScript(Script script) => _coins.WithScript(script);

    /// <summary>The one that holds a base unit of those that take part.</summary>
    public ShareCoin Holder(long unit) => _coins.Holder(unit);

    /// <summary>Whether one takes part.</summary>
    public void SetMature(OutPoint outPoint, bool isMature) => _coins.SetMature(_coins.Find(outPoint)!.Place, isMature);

    /// <summary>Whether one is old enough for a block on top of a height to spend it.</summary>
    public bool IsAged(ShareCoin coin, int height) =>
        !coin.Coin.IsCoinbase || (profile.IsTransferable && height + 1 - coin.Coin.Height >= profile.Maturity);

    /// <summary>Puts one in that is known in every respect.</summary>
    public void Insert(ShareCoin coin, int root, bool isMature) =>
        Insert(coin.OutPoint, coin.Coin, coin.Place, coin.Payout, root, isMature);

    /// <summary>Takes one out.</summary>
    /// <param name="outPoint">It is there.</param>
    /// <param name="root">Its root height; 0 where shares never expire.</param>
    public ShareCoin Remove(OutPoint outPoint, out int root)
    {
        var coin = _coins.Remove(outPoint);
        root = Window?.Remove(coin) ?? 0;
        Supply -= coin.Value;
        return coin;
    }

    /// <summary>Spends and creates what a valid block does, lets ripen what is old enough then, and expires what is too
    /// old.</summary>
    /// <param name="block">The block.</param>
    /// <param name="height">Its height.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="windowStart">Where the window begins with it.</param>
    /// <param name="isForeseen">True where it is taken back at once, and nobody looks meanwhile: what expires stays in.</param>
    /// <returns>How to take that back.</returns>
    public ShareUndo Connect(ShareBlock block, int height, uint previousMedianTime, int windowStart, bool isForeseen)
    {
        var first = NextPlace;
        OutPoint[] names = [.. block.Transactions.Where(each => !each.IsCoinbase).SelectMany(each => each.Inputs)
            .Select(input => input.PreviousOutput)];
        var spent = ImmutableArray.CreateBuilder<ShareCoin>(names.Length);
        var roots = Window is null ? null : ImmutableArray.CreateBuilder<int>(names.Length);
        foreach (var transaction in block.Transactions)
        {
            var root = height;
            for (var input = transaction.IsCoinbase ? 0 : transaction.Inputs.Length; input > 0; input--)
            {
                var next = spent.Count;
                if (next % CoinTable.Ahead == 0)
                {
                    _coins.LookAhead(names.AsSpan(next..Math.Min(next + CoinTable.Ahead, names.Length)));
                }

                spent.Add(Remove(names[next], out var from));
                if (roots is not null)
                {
                    roots.Add(from);
                    root = Math.Min(root, from);
                }
            }

            Create(transaction, height, root, previousMedianTime);
        }

        var matured = _immature.Remove(height + 1 - profile.Maturity, out var places) ? places : [];
        foreach (var place in matured)
        {
            _coins.SetMature(place, true);
        }

        return new ShareUndo(spent.ToImmutable(), first, matured)
        {
            Window = roots is null ? null : Expire(windowStart, roots.ToImmutable(), isForeseen),
        };
    }

    /// <summary>Takes a block back.</summary>
    /// <param name="block">The newest that was connected.</param>
    /// <param name="height">Its height.</param>
    /// <param name="undo">What <see cref="Connect"/> returned.</param>
    /// <param name="isForeseen">As it was then.</param>
    public void Disconnect(ShareBlock block, int height, ShareUndo undo, bool isForeseen)
    {
        if (undo.Window is { } window)
        {
            WindowStart = window.Start;
            for (var i = 0; !isForeseen && i < window.Expired.Length; i++)
            {
                Insert(window.Expired[i], window.ExpiredRoots[i], isMature: true);
            }
        }

        foreach (var place in undo.Matured)
        {
            _coins.SetMature(place, false);
        }

        if (!undo.Matured.IsEmpty)
        {
            _immature[height + 1 - profile.Maturity] = undo.Matured;
        }

        TakeBack(block, undo);
        _immature.Remove(height);
        NextPlace = undo.FirstPlace;
    }

    /// <summary>Brings a fresh ledger to what a snapshot says.</summary>
    /// <param name="contents">The snapshot.</param>
    /// <param name="isFrozen">Whether an output waits for the mainchain.</param>
    public void Fill(SharechainSnapshot.Contents contents, Func<OutPoint, bool> isFrozen)
    {
        (NextPlace, WindowStart) = (contents.NextPlace, contents.WindowStart);
        var coins = contents.Coins;
        for (var i = 0; i < coins.Length; i++)
        {
            var isMature = Window is not null || (IsAged(coins[i], contents.Height) && !isFrozen(coins[i].OutPoint));
            Insert(coins[i], Window is null ? 0 : contents.Roots[i], isMature);
        }

        foreach (var waiting in coins.Where(coin => Window is null && !IsAged(coin, contents.Height))
            .GroupBy(coin => coin.Coin.Height))
        {
            _immature[waiting.Key] = [.. waiting.Select(coin => coin.Place)];
        }
    }

    // Backwards, so that what one transaction made and another spent is there again when the first is taken back.
    private void TakeBack(ShareBlock block, ShareUndo undo)
    {
        OutPoint[] made = [.. block.Transactions.SelectMany(Made)];
        var (named, next) = (made.Length, undo.Spent.Length);
        for (var i = block.Transactions.Length - 1; i >= 0; i--)
        {
            var transaction = block.Transactions[i];
            for (var output = Made(transaction).Count(); output > 0; output--)
            {
                if ((made.Length - named) % CoinTable.Ahead == 0)
                {
                    _coins.LookAhead(made.AsSpan(Math.Max(0, named - CoinTable.Ahead)..named));
                }

                Remove(made[--named], out _);
            }

            for (var input = transaction.IsCoinbase ? 0 : transaction.Inputs.Length; input > 0; input--)
            {
                if ((undo.Spent.Length - next) % CoinTable.Ahead == 0)
                {
                    _coins.LookAhead(undo.Spent.AsSpan(Math.Max(0, next - CoinTable.Ahead)..next));
                }

                // Only what was mature was spent.
                --next;
                Insert(undo.Spent[next], undo.Window?.SpentRoots[next] ?? 0, isMature: true);
            }
        }
    }

    // What expires is taken out: nobody can spend it ever again, and it would only fill memory.
    private WindowUndo Expire(int start, ImmutableArray<int> spentRoots, bool isForeseen)
    {
        var coins = ImmutableArray.CreateBuilder<ShareCoin>();
        var roots = ImmutableArray.CreateBuilder<int>();
        foreach (var place in Window!.Below(start))
        {
            var coin = _coins.OfPlace(place);
            coins.Add(coin);
            roots.Add(Window.RootOf(place));
            if (!isForeseen)
            {
                Remove(coin.OutPoint, out _);
            }
        }

        var before = WindowStart;
        WindowStart = start;
        return new WindowUndo(before, spentRoots, coins.ToImmutable(), roots.ToImmutable());
    }

    // Names of the outputs of a transaction that are kept.
    private static IEnumerable<OutPoint> Made(Transaction transaction) => transaction.Outputs
        .Select((output, index) => (output.ScriptPubKey, OutPoint: new OutPoint(transaction.Id, (uint)index)))
        .Where(each => BlockConnector.IsSpendable(each.ScriptPubKey)).Select(each => each.OutPoint);

    private void Create(Transaction transaction, int height, int root, uint previousMedianTime)
    {
        var annotated = PayoutAnnotation.ReadAll(transaction);

        // A window pays what is immature too.
        var waits = transaction.IsCoinbase && Window is null;
        var places = waits ? ImmutableArray.CreateBuilder<int>() : null;
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            var output = transaction.Outputs[i];
            if (!BlockConnector.IsSpendable(output.ScriptPubKey))
            {
                continue;
            }

            var coin = new Coin(output, height, transaction.IsCoinbase, previousMedianTime);
            var payout = PayoutOf(output, annotated, i);
            Insert(new OutPoint(transaction.Id, (uint)i), coin, NextPlace, payout, root, isMature: !waits);
            places?.Add(NextPlace);
            NextPlace++;
        }

        if (places is { Count: > 0 })
        {
            _immature[height] = places.ToImmutable();
        }
    }

    // An HTLC, which is annotated, must not be destroyed under its buyer: where that can happen it takes no part.
    private Script? PayoutOf(TxOut output, IReadOnlyDictionary<int, Script>? annotated, int index) =>
        annotated is null || !annotated.TryGetValue(index, out var named) ? PayoutAnnotation.OwnPayout(output.ScriptPubKey)
        : profile.Payout is PayoutDesign.Redeemed ? null
        : named;

    private void Insert(OutPoint outPoint, in Coin coin, int place, Script? payout, int root, bool isMature)
    {
        _coins.Add(outPoint, coin, place, payout, isMature);
        Window?.Add(new ShareCoin(outPoint, coin, place, payout), root);
        Supply += coin.Output.Value;
    }
}
