using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
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
    private readonly CoinLedger _coins;
    private readonly RecentShares? _recent;
    private readonly RedeemBook? _redeem;
    private readonly LateBook _late = new();
    private readonly DirectoryBook _directory = new();
    private readonly LedgerRules _rules;

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
        _coins = new CoinLedger(profile);
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
    public Amount Supply => _coins.Supply;

    /// <summary>Base units that are paid for, or take part in the draw, in the next block (n).</summary>
    public long MatureUnits => _coins.Units;

    /// <summary>Outputs of a lower root height are expired, and gone; 0 in rows whose shares never expire.</summary>
    public int WindowStart => _coins.WindowStart;

    /// <summary>Whom the next block pays; null while nobody holds what is paid.</summary>
    public Payees? Payees => MatureUnits == 0 ? null
        : Window is { } window ? new Payees.Weighed(window.Largest(Profile.Window!.Holders))
        : new Payees.Drawn([.. Enumerable.Range(0, Profile.Winners).Select(draw => Draw(draw).Payout!.Value)]);

    /// <summary>How many outputs are unspent.</summary>
    public int CoinCount => _coins.Count;

    /// <summary>All unspent outputs in no particular order.</summary>
    public IEnumerable<ShareCoin> Coins => _coins.All;

    /// <summary>The same in creation order.</summary>
    internal IEnumerable<ShareCoin> CoinsInOrder => _coins.InOrder;

    /// <summary>The next output's place in creation order.</summary>
    internal int NextPlace => _coins.NextPlace;

    /// <summary>Root heights of the outputs; null in rows whose shares never expire.</summary>
    internal WindowBook? Window => _coins.Window;

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

    /// <summary>Announcements as they stand, one an authority at most, in the order of their keys; whether their time is over is
    /// not looked at.</summary>
    internal IEnumerable<AnnouncedMarket> Announced => _directory.All;

    /// <summary>Markets that authorities announced: of more late blocks first, then those that stand longer, then by key.</summary>
    /// <param name="mainHeight">The mainchain height that is reckoned from.</param>
    public ImmutableArray<DirectoryEntry> Directory(int mainHeight)
    {
        var works = Authorities(mainHeight).ToLookup(work => work.Key);
        return
        [
            .. _directory.All
                .Select(market => (Market: market, Works: works[market.Announcement.Authority]
                    .OrderByDescending(work => work.MainHeight).ToImmutableArray()))
                .Where(each => !each.Works.IsEmpty && each.Market.Announcement.Until >= mainHeight)
                .Select(each => new DirectoryEntry(
                    each.Market, each.Works,
                    Math.Min(each.Market.Announcement.Until, each.Works[0].MainHeight + Profile.Late!.Term)))
                .OrderByDescending(entry => entry.Works.Length).ThenByDescending(entry => entry.Until),
        ];
    }

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
    public bool IsMature(ShareCoin coin) => _coins.IsAged(coin, Height) && !IsFrozen(coin.OutPoint);

    /// <summary>The root height of an unspent output: the lowest of the sharebases that it comes from.</summary>
    /// <exception cref="InvalidOperationException">The row's shares never expire.</exception>
    public int RootOf(ShareCoin coin) => Window is { } window
        ? window.RootOf(coin.Place)
        : throw new InvalidOperationException($"Shares of {Profile.Name} have no root height.");

    /// <summary>
    /// Payout scripts by the base units with which they take part in the next payout, the largest first: together
    /// <see cref="MatureUnits"/>. A window has them at hand; where owners are drawn every output is looked at.
    /// </summary>
    public ImmutableArray<Holder> Holders()
    {
        if (Window is { } window)
        {
            return [.. window.Holders];
        }

        var weights = new Dictionary<Script, long>();
        foreach (var coin in _coins.All.Where(coin => coin.Payout is not null && IsMature(coin)))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(weights, coin.Payout!.Value, out _) += coin.Weight;
        }

        return [.. weights.Where(pair => pair.Value > 0).Select(pair => new Holder(pair.Key, pair.Value)).Order()];
    }

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

        return StateChecks.Check(this, block, previousMedianTime, mainSubsidy);
    }

    /// <summary>Applies a block that was found valid, without checking it again.</summary>
    /// <param name="block">The block on top of this state.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="info">What is kept of it, as the tree has it; null where the row needs nothing of that.</param>
    /// <returns>How to take it back.</returns>
    /// <exception cref="InvalidOperationException">The block was not valid on this state.</exception>
    public ShareUndo Apply(ShareBlock block, uint previousMedianTime, ShareInfo? info = null) =>
        Apply(block, previousMedianTime, info, isForeseen: false);

    /// <summary>Takes the newest block back.</summary>
    /// <param name="block">The block whose state this is.</param>
    /// <param name="undo">What <see cref="Apply(ShareBlock, uint, ShareInfo)"/> returned.</param>
    /// <exception cref="InvalidOperationException">State, block and undo data do not belong together.</exception>
    public void Undo(ShareBlock block, ShareUndo undo) => Undo(block, undo, isForeseen: false);

    /// <summary>How a block will be taken back once it is applied: the state is afterwards as before. What expires with it, and
    /// may be millions of outputs, is looked at and stays where it is.</summary>
    /// <param name="block">As of <see cref="Apply(ShareBlock, uint, ShareInfo)"/>, and so are the others.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <param name="info">What is kept of it.</param>
    /// <returns>What applying it returns.</returns>
    internal ShareUndo Foresee(ShareBlock block, uint previousMedianTime, ShareInfo? info)
    {
        var undo = Apply(block, previousMedianTime, info, isForeseen: true);
        Undo(block, undo, isForeseen: true);
        return undo;
    }

    private ShareUndo Apply(ShareBlock block, uint previousMedianTime, ShareInfo? info, bool isForeseen)
    {
        if (block.Header.Parent != Tip)
        {
            throw new InvalidOperationException("The block does not stand on this state.");
        }

        var drawn = DrawnToRedeem;
        var undo = _coins.Connect(block, Height + 1, previousMedianTime, info?.WindowStart ?? 0, isForeseen);
        (Tip, Height) = (block.Id, Height + 1);
        var registered = info is null ? 0 : _late.Add(info.Facts.Late);
        return undo with
        {
            Redeem = _redeem?.Settle(_coins, block, drawn, info?.Facts.Settled ?? []),
            Registered = registered,
            Announced = info is null || _late.All.Count == 0 ? [] : _directory.Take(
                block, key => Authorities(info.HighestMainHeight).Any(work => work.Key == key), Profile.GenesisId),
            Forgotten = _recent?.Add(new RecentShare(Height, Payees, [.. block.Named.Select(share => share.Id)])),
        };
    }

    private void Undo(ShareBlock block, ShareUndo undo, bool isForeseen)
    {
        if (block.Id != Tip)
        {
            throw new InvalidOperationException("Only the newest block can be taken back.");
        }

        _recent?.TakeBack(undo.Forgotten);
        _directory.TakeBack(undo.Announced);
        _late.TakeBack(undo.Registered);
        if (undo.Redeem is { } redeem)
        {
            _redeem!.TakeBack(_coins, redeem);
        }

        _coins.Disconnect(block, Height, undo, isForeseen);
        (Tip, Height) = (block.Header.Parent, Height - 1);
    }

    /// <summary>Brings a fresh state to what a snapshot says.</summary>
    internal void Fill(SharechainSnapshot.Contents contents)
    {
        (Tip, Height) = (contents.Tip, contents.Height);
        _recent?.Fill(contents.Recent);
        _late.Add(contents.Late);
        _directory.Fill(contents.Announced);
        foreach (var frozen in contents.Frozen)
        {
            _redeem!.Add(frozen);
        }

        _coins.Fill(contents, IsFrozen);
    }
}
