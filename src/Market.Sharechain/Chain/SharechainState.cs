using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// The sharechain's unspent outputs at one block, in creation order, with what selection, wallets and statistics ask.
/// Blocks are applied and taken back; taking one back restores exactly what was. Not safe for several threads at once.
/// </summary>
public sealed partial class SharechainState : ICoinView
{
    private readonly Dictionary<OutPoint, ShareCoin> _coins = [];
    private readonly Dictionary<int, ShareCoin> _byPlace = [];
    private readonly Dictionary<Script, SortedSet<int>> _byScript = [];
    private readonly Dictionary<int, ImmutableArray<int>> _immature = [];
    private readonly FenwickTree _weights = new();
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

    /// <summary>Base units that take part in the draw of the next block (n).</summary>
    public long MatureUnits => _weights.Total;

    /// <summary>How many outputs are unspent.</summary>
    public int CoinCount => _coins.Count;

    /// <summary>All unspent outputs in no particular order.</summary>
    public IEnumerable<ShareCoin> Coins => _coins.Values;

    /// <inheritdoc/>
    public bool TryGet(OutPoint outPoint, out Coin coin)
    {
        var found = _coins.TryGetValue(outPoint, out var share);
        coin = found ? share!.Coin : default;
        return found;
    }

    /// <summary>An unspent output; null where there is none.</summary>
    public ShareCoin? Find(OutPoint outPoint) => _coins.GetValueOrDefault(outPoint);

    /// <summary>Unspent outputs under exactly this script, in creation order.</summary>
    public ImmutableArray<ShareCoin> CoinsOf(Script script) => _byScript.TryGetValue(script, out var places)
        ? [.. places.Select(place => _byPlace[place])]
        : [];

    /// <summary>True where the next block may spend it; it takes part in the draw where it has a payout script.</summary>
    public bool IsMature(ShareCoin coin) =>
        !coin.Coin.IsCoinbase || Height + 1 - coin.Coin.Height >= Profile.Maturity;

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

        return _byPlace[_weights.Find(PayoutRule.Unit(Tip, draw, total))];
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

        var payout = PayoutRule.Check(
            PayoutRule.Winners(this, block.Transactions[0]), block.Proof.MainCoinbase, mainSubsidy);
        if (!payout.IsValid)
        {
            return payout;
        }

        var context = new BlockContext((int)block.Header.Height, previousMedianTime, block.BaseSize);
        return ShareRefusals.From(BlockConnector.Check(this, block.Transactions, context, _rules, out _));
    }

    /// <summary>Applies a block that was found valid, without checking it again.</summary>
    /// <param name="block">The block on top of this state.</param>
    /// <param name="previousMedianTime">Median time past of its parent, Unix seconds.</param>
    /// <returns>How to take it back.</returns>
    /// <exception cref="InvalidOperationException">The block was not valid on this state.</exception>
    public ShareUndo Apply(ShareBlock block, uint previousMedianTime)
    {
        if (block.Header.Parent != Tip)
        {
            throw new InvalidOperationException("The block does not stand on this state.");
        }

        var height = Height + 1;
        var first = _weights.Count;
        var spent = ImmutableArray.CreateBuilder<ShareCoin>();
        foreach (var transaction in block.Transactions)
        {
            if (!transaction.IsCoinbase)
            {
                foreach (var input in transaction.Inputs)
                {
                    spent.Add(Remove(input.PreviousOutput));
                }
            }

            Create(transaction, height, previousMedianTime);
        }

        var matured = _immature.Remove(height + 1 - Profile.Maturity, out var places) ? places : [];
        foreach (var place in matured)
        {
            _weights.Add(place, _byPlace[place].Weight);
        }

        (Tip, Height) = (block.Id, height);
        return new ShareUndo(spent.ToImmutable(), first, matured);
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

        foreach (var place in undo.Matured)
        {
            _weights.Add(place, -_byPlace[place].Weight);
        }

        if (!undo.Matured.IsEmpty)
        {
            _immature[Height + 1 - Profile.Maturity] = undo.Matured;
        }

        var next = undo.Spent.Length;
        for (var i = block.Transactions.Length - 1; i >= 0; i--)
        {
            var transaction = block.Transactions[i];
            for (var index = transaction.Outputs.Length - 1; index >= 0; index--)
            {
                if (BlockConnector.IsSpendable(transaction.Outputs[index].ScriptPubKey))
                {
                    Remove(new OutPoint(transaction.Id, (uint)index));
                }
            }

            for (var input = transaction.IsCoinbase ? 0 : transaction.Inputs.Length; input > 0; input--)
            {
                var coin = undo.Spent[--next];
                Insert(coin);
                _weights.Add(coin.Place, coin.Weight);
            }
        }

        _immature.Remove(Height);
        _weights.Truncate(undo.FirstPlace);
        (Tip, Height) = (block.Header.Parent, Height - 1);
    }

    private void Create(Transaction transaction, int height, uint previousMedianTime)
    {
        var annotated = PayoutAnnotation.ReadAll(transaction);
        var places = transaction.IsCoinbase ? ImmutableArray.CreateBuilder<int>() : null;
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            var output = transaction.Outputs[i];
            if (!BlockConnector.IsSpendable(output.ScriptPubKey))
            {
                continue;
            }

            // Scripts are copied so that a coin does not keep its whole block alive.
            var own = new Script(output.ScriptPubKey.ToArray());
            Script? payout = annotated is not null && annotated.TryGetValue(i, out var named)
                ? named == own ? own : new Script(named.ToArray())
                : PayoutAnnotation.OwnPayout(own);
            var coin = new Coin(output with { ScriptPubKey = own }, height, transaction.IsCoinbase, previousMedianTime);
            var place = _weights.Count;
            var made = new ShareCoin(new OutPoint(transaction.Id, (uint)i), coin, place, payout);
            Insert(made);
            _weights.Append(transaction.IsCoinbase ? 0 : made.Weight);
            places?.Add(place);
        }

        if (places is { Count: > 0 })
        {
            _immature[height] = places.ToImmutable();
        }
    }

    private void Insert(ShareCoin coin)
    {
        if (!_coins.TryAdd(coin.OutPoint, coin))
        {
            throw new InvalidOperationException($"There is a coin at {coin.OutPoint} already.");
        }

        _byPlace.Add(coin.Place, coin);
        var script = coin.Coin.Output.ScriptPubKey;
        if (!_byScript.TryGetValue(script, out var places))
        {
            _byScript.Add(script, places = []);
        }

        places.Add(coin.Place);
        Supply += coin.Value;
    }

    // The weight of an output that is spent goes; places that a block took are cut off when it is taken back.
    private ShareCoin Remove(OutPoint outPoint)
    {
        if (!_coins.Remove(outPoint, out var coin))
        {
            throw new InvalidOperationException($"There is no coin at {outPoint}.");
        }

        _byPlace.Remove(coin.Place);
        var script = coin.Coin.Output.ScriptPubKey;
        var places = _byScript[script];
        places.Remove(coin.Place);
        if (places.Count == 0)
        {
            _byScript.Remove(script);
        }

        Supply -= coin.Value;
        if (!IsWaiting(coin))
        {
            _weights.Add(coin.Place, -coin.Weight);
        }

        return coin;
    }

    private bool IsWaiting(ShareCoin coin) => coin.Coin.IsCoinbase && _immature.ContainsKey(coin.Coin.Height);
}
