using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// The sharechain's unspent outputs at one block, in creation order, with what selection, wallets and statistics ask.
/// Blocks are applied and taken back; taking one back restores exactly what was. Not safe for several threads at once.
/// </summary>
public sealed class SharechainState : ICoinView
{
    private readonly CoinTable _coins = new();
    private readonly Dictionary<int, ImmutableArray<int>> _immature = [];
    private readonly WindowBook? _window;
    private readonly RecentShares? _recent;
    private readonly RedeemBook? _redeem;
    private readonly LateBook _late = new();
    private readonly LedgerRules _rules;
    private int _nextPlace;

    /// <summary>The state at genesis: nothing.</summary>
    /// <param name="profile">The chain's profile; its rules must be enforced by this build.</param>
    /// <param name="scripts">Verifies scripts.</param>
    public SharechainState(SharechainProfile profile, IScriptRules scripts)
    {
        if (!profile.IsEnforced)
        {
            throw new NotSupportedException($"This build does not enforce the rules of {profile.Name}.");
        }

        Profile = profile;
        _rules = profile.Rules(scripts);
        Tip = profile.GenesisId;
        _window = profile.Window is null ? null : new WindowBook();
        _redeem = profile.Payout is PayoutDesign.Redeemed ? new RedeemBook() : null;
        if (RecentShares.MostOf(profile) is { } most)
        {
            _recent = new RecentShares(most);
            _recent.Add(new RecentShare(0, null, []));
        }
    }

    /// <summary>The chain's profile.</summary>
    public SharechainProfile Profile { get; }

    /// <summary>What the ledger asks of transactions here.</summary>
    public LedgerRules Rules => _rules;

    /// <summary>The block whose state this is.</summary>
    public ShareId Tip { get; private set; }

    /// <summary>Its height.</summary>
    public int Height { get; private set; }

    /// <summary>Base units in all unspent outputs, immature ones included.</summary>
    public Amount Supply { get; private set; }

    /// <summary>Base units that are paid for, or take part in the draw, in the next block (n).</summary>
    public long MatureUnits => _coins.Units;

    /// <summary>Outputs of a lower root height are expired, and gone; 0 in rows whose shares never expire.</summary>
    public int WindowStart { get; private set; }

    /// <summary>Whom the next block pays; null while nobody holds what is paid.</summary>
    public Payees? Payees => MatureUnits == 0 ? null
        : _window is { } window ? new Payees.Weighed(window.Largest(Profile.Window!.Holders))
        : new Payees.Drawn([.. Enumerable.Range(0, Profile.Winners).Select(draw => Draw(draw).Payout!.Value)]);

    /// <summary>How many outputs are unspent.</summary>
    public int CoinCount => _coins.Count;

    /// <summary>All unspent outputs in no particular order.</summary>
    public IEnumerable<ShareCoin> Coins => _coins.All;

    /// <summary>The same in creation order.</summary>
    internal IEnumerable<ShareCoin> CoinsInOrder => _coins.InOrder;

    /// <summary>The next output's place in creation order.</summary>
    internal int NextPlace => _nextPlace;

    /// <summary>Root heights of the outputs; null in rows whose shares never expire.</summary>
    internal WindowBook? Window => _window;

    /// <summary>The newest shares; null in rows that name none.</summary>
    internal RecentShares? Recent => _recent;

    /// <summary>What is frozen; null in rows that do not redeem.</summary>
    internal RedeemBook? Redeem => _redeem;

    /// <summary>Late work that is registered, in order of registration.</summary>
    public IReadOnlyList<LateWork> Late => _late.All;

    /// <summary>Whether a block that lost its race is registered.</summary>
    public bool IsRegistered(BlockId late) => _late.Contains(late);

    /// <summary>Keys that are authorities: of late work whose term is not over.</summary>
    /// <param name="mainHeight">The mainchain height that is reckoned from.</param>
    public IEnumerable<LateWork> Authorities(int mainHeight) =>
        _late.All.Where(work => Profile.Late is { } rule && mainHeight <= work.MainHeight + rule.Term);

    /// <summary>True for an output that nobody may spend until the mainchain has decided about a block that it paid for.</summary>
    public bool IsFrozen(OutPoint outPoint) => _redeem is { } redeem && redeem.IsFrozen(outPoint);

    /// <summary>The output that is drawn for the next block where that may destroy it: the block itself may not spend it.</summary>
    public OutPoint? DrawnToRedeem => _redeem is not null && MatureUnits > 0 ? Draw().OutPoint : null;

    /// <summary>SHA-256 of the whole state: equal states have equal hashes.</summary>
    public Hash256 StateHash() => new(SHA256.HashData(SharechainSnapshot.Body(this)));

    /// <summary>The whole state, to go on from (<see cref="TryRestore"/>).</summary>
    public byte[] ToSnapshot() => SharechainSnapshot.Write(this);

    /// <summary>Reads a snapshot. Only its wholeness is checked: its coins were valid when it was written.</summary>
    /// <param name="bytes">What <see cref="ToSnapshot"/> returned.</param>
    /// <param name="profile">The chain's profile.</param>
    /// <param name="scripts">Verifies scripts.</param>
    /// <param name="state">The state.</param>
    /// <returns>False where the bytes are damaged or of another chain.</returns>
    public static bool TryRestore(
        ReadOnlyMemory<byte> bytes,
        SharechainProfile profile,
        IScriptRules scripts,
        [NotNullWhen(true)] out SharechainState? state)
    {
        var fresh = new SharechainState(profile, scripts);
        state = SharechainSnapshot.TryRead(bytes, fresh) ? fresh : null;
        return state is not null;
    }

    /// <inheritdoc/>
    public bool TryGet(OutPoint outPoint, out Coin coin)
    {
        var found = IsFrozen(outPoint) ? null : _coins.Find(outPoint);
        coin = found?.Coin ?? default;
        return found is not null;
    }

    /// <summary>An unspent output; null where there is none.</summary>
    public ShareCoin? Find(OutPoint outPoint) => _coins.Find(outPoint);

    /// <summary>Unspent outputs under exactly this script, in creation order; frozen ones are left out.</summary>
    public ImmutableArray<ShareCoin> CoinsOf(Script script) =>
        [.. _coins.WithScript(script).Where(coin => !IsFrozen(coin.OutPoint))];

    /// <summary>
    /// True where the next block may spend it, unless it is drawn to be redeemed; with a payout script it takes part in the draw.
    /// </summary>
    public bool IsMature(ShareCoin coin) => IsAged(coin) && !IsFrozen(coin.OutPoint);

    private bool IsAged(ShareCoin coin) =>
        !coin.Coin.IsCoinbase || (Profile.IsTransferable && Height + 1 - coin.Coin.Height >= Profile.Maturity);

    /// <summary>The root height of an unspent output: the lowest of the sharebases that it comes from.</summary>
    /// <exception cref="InvalidOperationException">The row's shares never expire.</exception>
    public int RootOf(ShareCoin coin) => _window is { } window
        ? window.RootOf(coin.Place)
        : throw new InvalidOperationException($"Shares of {Profile.Name} have no root height.");

    /// <summary>The output drawn for the next block.</summary>
    /// <param name="draw">From 0 to the profile's winners less one.</param>
    /// <exception cref="InvalidOperationException">No output is mature.</exception>
    public ShareCoin Draw(int draw = 0)
    {
        var total = MatureUnits;
        if (total == 0)
        {
            throw new InvalidOperationException("No output is mature.");
        }

        return _coins.Holder(Draws.Unit(Tip, draw, total));
    }

    /// <summary>Rules 6 to 8 of a block on top of this state; changes nothing.</summary>
    /// <param name="block">The block; rules 1 to 5 and its own form are checked.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="mainSubsidy">The mainchain's subsidy at its candidate block's height.</param>
    public ShareVerdict Check(ShareBlock block, uint previousMedianTime, Amount mainSubsidy)
    {
        if (block.Header.Parent != Tip)
        {
            throw new InvalidOperationException("The block does not stand on this state.");
        }

        var payees = PayoutRule.Of(Payees, block.Transactions[0]);
        var payout = PayoutRule.Check(payees, block.Proof.MainCoinbase, mainSubsidy);
        if (!payout.IsValid)
        {
            return payout;
        }

        foreach (var share in block.Named)
        {
            var named = CheckNamed(share);
            if (!named.IsValid)
            {
                return named;
            }
        }

        if (_redeem is not null && SpendsFrozen(block) is var place and >= 0)
        {
            return new ShareVerdict(ShareRefusal.Frozen, place);
        }

        var minted = Minting.Of(Profile, block).Sum;
        if (minted.Sats > Amount.MaxMoney - Supply.Sats)
        {
            return ShareRefusal.SupplyExceeded;
        }

        var context = new BlockContext((int)block.Header.Height, previousMedianTime, block.BaseSize);
        return ShareRefusals.From(BlockConnector.Check(
            this, block.Transactions, context, Profile.Rules(_rules.Scripts, minted), out _));
    }

    // The place of a transaction that spends what is frozen, or what is drawn for this very block; -1 for none.
    private int SpendsFrozen(ShareBlock block)
    {
        var drawn = DrawnToRedeem;
        for (var i = 1; i < block.Transactions.Length; i++)
        {
            foreach (var input in block.Transactions[i].Inputs)
            {
                if (input.PreviousOutput == drawn || IsFrozen(input.PreviousOutput))
                {
                    return i;
                }
            }
        }

        return -1;
    }

    /// <summary>Whether a share may be named by the next block: not twice, and it paid whom it had to. The rest is checked.
    /// </summary>
    internal ShareVerdict CheckNamed(NamedShare share)
    {
        if (_recent!.IsNamed(share.Id))
        {
            return ShareRefusal.NamedTwice;
        }

        if (_recent.At((int)share.Header.Height - 1) is not { } under)
        {
            return ShareRefusal.NamedTooDeep;
        }

        // Of the sum all is known without the state.
        var payees = PayoutRule.Of(under.Payees, share.Sharebase);
        var payout = PayoutRule.Check(payees, share.Proof.MainCoinbase, Amount.Zero);
        return payout.IsValid ? payout : NamedChecks.Invalid(payout);
    }

    /// <summary>Applies a block that was found valid, without checking it again.</summary>
    /// <param name="block">The block on top of this state.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="info">What is kept of it, as the tree has it; null where the row needs nothing of that.</param>
    /// <returns>How to take it back.</returns>
    /// <exception cref="InvalidOperationException">The block was not valid on this state.</exception>
    public ShareUndo Apply(ShareBlock block, uint previousMedianTime, ShareInfo? info = null)
    {
        if (block.Header.Parent != Tip)
        {
            throw new InvalidOperationException("The block does not stand on this state.");
        }

        var height = Height + 1;
        var first = _nextPlace;
        var drawn = DrawnToRedeem;
        OutPoint[] names = [.. block.Transactions.Where(each => !each.IsCoinbase).SelectMany(each => each.Inputs)
            .Select(input => input.PreviousOutput)];
        var spent = ImmutableArray.CreateBuilder<ShareCoin>(names.Length);
        var roots = _window is null ? null : ImmutableArray.CreateBuilder<int>(names.Length);
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

        var matured = _immature.Remove(height + 1 - Profile.Maturity, out var places) ? places : [];
        foreach (var place in matured)
        {
            _coins.SetMature(place, true);
        }

        (Tip, Height) = (block.Id, height);
        return new ShareUndo(spent.ToImmutable(), first, matured)
        {
            Window = roots is null ? null : Expire(info?.WindowStart ?? 0, roots.ToImmutable()),
            Redeem = _redeem is null ? null : Settle(block, drawn, info?.Facts.Settled ?? []),
            Registered = info is null ? 0 : _late.Add(info.Facts.Late),
            Forgotten = _recent?.Add(new RecentShare(height, Payees, [.. block.Named.Select(share => share.Id)])),
        };
    }

    // What the mainchain decided about, then what it will have to decide about.
    private RedeemUndo Settle(ShareBlock block, OutPoint? drawn, ImmutableArray<SettledBlock> settled)
    {
        var (freed, destroyed) = (ImmutableArray.CreateBuilder<FrozenOutput>(), ImmutableArray.CreateBuilder<FrozenOutput>());
        var coins = ImmutableArray.CreateBuilder<ShareCoin>();
        foreach (var each in settled)
        {
            // A share that was paid while nobody held anything drew no output.
            if (_redeem!.Of(each.Share) is not { } outPoint)
            {
                continue;
            }

            _redeem.Remove(each.Share);
            if (each.IsKept)
            {
                destroyed.Add(new FrozenOutput(each.Share, outPoint));
                coins.Add(Remove(outPoint, out _));
            }
            else
            {
                freed.Add(new FrozenOutput(each.Share, outPoint));
                _coins.SetMature(_coins.Find(outPoint)!.Place, true);
            }
        }

        var frozen = drawn is { } own && block.Proof.MainHeader.MeetsOwnTarget ? new FrozenOutput(block.Id, own) : null;
        if (frozen is not null)
        {
            _redeem!.Add(frozen);
            _coins.SetMature(_coins.Find(frozen.OutPoint)!.Place, false);
        }

        return new RedeemUndo(frozen, freed.ToImmutable(), destroyed.ToImmutable(), coins.ToImmutable());
    }

    private void TakeBack(RedeemUndo undo)
    {
        if (undo.Frozen is { } frozen)
        {
            _redeem!.Remove(frozen.Share);
            _coins.SetMature(_coins.Find(frozen.OutPoint)!.Place, true);
        }

        foreach (var freed in undo.Freed)
        {
            _redeem!.Add(freed);
            _coins.SetMature(_coins.Find(freed.OutPoint)!.Place, false);
        }

        for (var i = 0; i < undo.Destroyed.Length; i++)
        {
            Insert(undo.Coins[i], 0, isMature: false);
            _redeem!.Add(undo.Destroyed[i]);
        }
    }

    // What expires is taken out: nobody can spend it ever again, and it would only fill memory.
    private WindowUndo Expire(int start, ImmutableArray<int> spentRoots)
    {
        var coins = ImmutableArray.CreateBuilder<ShareCoin>();
        var roots = ImmutableArray.CreateBuilder<int>();
        foreach (var place in _window!.Below(start))
        {
            coins.Add(Remove(_coins.OfPlace(place).OutPoint, out var root));
            roots.Add(root);
        }

        var before = WindowStart;
        WindowStart = start;
        return new WindowUndo(before, spentRoots, coins.ToImmutable(), roots.ToImmutable());
    }

    /// <summary>Takes the newest block back.</summary>
    /// <param name="block">The block whose state this is.</param>
    /// <param name="undo">What <see cref="Apply"/> returned.</param>
    /// <exception cref="InvalidOperationException">State, block and undo data do not belong together.</exception>
    public void Undo(ShareBlock block, ShareUndo undo)
    {
        if (block.Id != Tip)
        {
            throw new InvalidOperationException("Only the newest block can be taken back.");
        }

        _recent?.TakeBack(undo.Forgotten);
        _late.TakeBack(undo.Registered);
        if (undo.Redeem is { } redeem)
        {
            TakeBack(redeem);
        }

        if (undo.Window is { } window)
        {
            WindowStart = window.Start;
            for (var i = 0; i < window.Expired.Length; i++)
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
            _immature[Height + 1 - Profile.Maturity] = undo.Matured;
        }

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

        _immature.Remove(Height);
        _nextPlace = undo.FirstPlace;
        (Tip, Height) = (block.Header.Parent, Height - 1);
    }

    /// <summary>Brings a fresh state to what a snapshot says.</summary>
    internal void Fill(SharechainSnapshot.Contents contents)
    {
        (Tip, Height, _nextPlace, WindowStart) = (contents.Tip, contents.Height, contents.NextPlace, contents.WindowStart);
        _recent?.Fill(contents.Recent);
        _late.Add(contents.Late);
        foreach (var frozen in contents.Frozen)
        {
            _redeem!.Add(frozen);
        }

        var coins = contents.Coins;
        for (var i = 0; i < coins.Length; i++)
        {
            Insert(coins[i], _window is null ? 0 : contents.Roots[i], _window is not null || IsMature(coins[i]));
        }

        foreach (var waiting in coins.Where(coin => _window is null && !IsAged(coin)).GroupBy(coin => coin.Coin.Height))
        {
            _immature[waiting.Key] = [.. waiting.Select(coin => coin.Place)];
        }
    }

    // Names of the outputs of a transaction that are kept.
    private static IEnumerable<OutPoint> Made(Transaction transaction) => transaction.Outputs
        .Select((output, index) => (output.ScriptPubKey, OutPoint: new OutPoint(transaction.Id, (uint)index)))
        .Where(each => BlockConnector.IsSpendable(each.ScriptPubKey)).Select(each => each.OutPoint);

    private void Create(Transaction transaction, int height, int root, uint previousMedianTime)
    {
        var annotated = PayoutAnnotation.ReadAll(transaction);

        // A window pays what is immature too.
        var waits = transaction.IsCoinbase && _window is null;
        var places = waits ? ImmutableArray.CreateBuilder<int>() : null;
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            var output = transaction.Outputs[i];
            if (!BlockConnector.IsSpendable(output.ScriptPubKey))
            {
                continue;
            }

            Script? payout = annotated is not null && annotated.TryGetValue(i, out var named)
                ? named
                : PayoutAnnotation.OwnPayout(output.ScriptPubKey);
            if (_redeem is not null && annotated?.ContainsKey(i) == true)
            {
                // An HTLC must not be destroyed under its buyer.
                payout = null;
            }

            var coin = new Coin(output, height, transaction.IsCoinbase, previousMedianTime);
            Insert(new OutPoint(transaction.Id, (uint)i), coin, _nextPlace, payout, root, isMature: !waits);
            places?.Add(_nextPlace);
            _nextPlace++;
        }

        if (places is { Count: > 0 })
        {
            _immature[height] = places.ToImmutable();
        }
    }

    private void Insert(ShareCoin coin, int root, bool isMature) =>
        Insert(coin.OutPoint, coin.Coin, coin.Place, coin.Payout, root, isMature);

    private void Insert(OutPoint outPoint, in Coin coin, int place, Script? payout, int root, bool isMature)
    {
        _coins.Add(outPoint, coin, place, payout, isMature);
        _window?.Add(new ShareCoin(outPoint, coin, place, payout), root);
        Supply += coin.Output.Value;
    }

    private ShareCoin Remove(OutPoint outPoint, out int root)
    {
        var coin = _coins.Remove(outPoint);
        root = _window?.Remove(coin) ?? 0;
        Supply -= coin.Value;
        return coin;
    }
}
