using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Swaps;

namespace Market.Simulation;

/// <summary>One chain: a real ledger with real scripts under a miner and a mempool that obey the schedule.</summary>
internal sealed class SimChain
{
    private const int FirstBlocks = 12;
    private static readonly Script Miner = new ScriptBuilder().Number(1).Build();

    private readonly CoinSet _coins = new();
    private readonly List<SimBlock> _blocks = [];
    private readonly List<Transaction> _mempool = [];
    private readonly LedgerRules _rules;
    private readonly Amount _allocated;
    private readonly Dictionary<TxId, int> _leftOut = [];

    public SimChain(SwapChain kind, LedgerRules rules, int spacing, long start, IEnumerable<TxOut> allocation)
    {
        Kind = kind;
        Spacing = spacing;
        _rules = rules;
        var index = 0u;
        foreach (var output in allocation)
        {
            _allocated += output.Value;
            var name = new TxId(Hash256.DoubleSha256([(byte)kind, 7]));
            _coins.Add(new OutPoint(name, index++), new Coin(output, 0, false, 0));
        }

        for (var i = FirstBlocks; i > 0; i--)
        {
            Mine(start - i * spacing, _ => false);
        }
    }

    public SwapChain Kind { get; }

    public int Spacing { get; }

    /// <summary>Blocks hold no transaction that pays less, while this is set.</summary>
    public FeeRate LeastRate { get; set; } = FeeRate.MinimumRelay;

    public TipView Tip => new(_blocks.Count, _blocks[^1].MedianTimePast);

    public IEnumerable<KeyValuePair<OutPoint, Coin>> Coins => _coins.Coins;

    /// <summary>What is on the chain, then what waits; no coinbases.</summary>
    public IEnumerable<(Transaction Transaction, int? Height)> Transactions => _blocks
        .SelectMany(block => block.Transactions.Skip(1).Select(one => (one, (int?)block.Height)))
        .Concat(_mempool.Select(one => (one, (int?)null)));

    /// <summary>Everything that exists is what was allocated and mined: fees go to miners, nothing is lost.</summary>
    public bool IsConserved =>
        _coins.Coins.Sum(coin => coin.Value.Output.Value.Sats)
            == _allocated.Sats + _rules.Issuance.TotalThrough(_blocks.Count).Sats;

    /// <summary>Offers a transaction; a conflict is replaced by one that pays more (BIP125).</summary>
    public bool Broadcast(Transaction transaction)
    {
        if (Transactions.Any(known => known.Transaction.Id == transaction.Id))
        {
            return true;
        }

        var conflicts = Conflicts(transaction);
        var overlay = Overlay(conflicts);
        if (!Check(overlay, transaction, out var accepted) || accepted!.FeeRate.CompareTo(FeeRate.MinimumRelay) < 0)
        {
            return false;
        }

        if (conflicts.Count > 0 && accepted.Fee.Sats < conflicts.Sum(FeeOf) + transaction.VirtualSize)
        {
            return false;
        }

        _mempool.RemoveAll(conflicts.Contains);
        _mempool.Add(transaction);
        return true;
    }

    /// <summary>Finds a block.</summary>
    /// <param name="now">The miner's clock.</param>
    /// <param name="takes">Which of the mempool it takes, where they fit.</param>
    /// <param name="favoured">Transactions that the miner prefers to the mempool's.</param>
    public void Mine(long now, Func<Transaction, bool> takes, IEnumerable<Transaction>? favoured = null)
    {
        var overlay = new CoinOverlay(_coins);
        var taken = new List<Transaction>();
        var fees = 0L;
        foreach (var candidate in (favoured ?? []).Concat(_mempool))
        {
            if (taken.Contains(candidate) || !takes(candidate) || !Check(overlay, candidate, out var accepted)
                || accepted!.FeeRate.CompareTo(LeastRate) < 0)
            {
                continue;
            }

            overlay.Apply(candidate, Next);
            taken.Add(candidate);
            fees += accepted.Fee.Sats;
        }

        var height = _blocks.Count + 1;
        var value = _rules.Issuance.At(height) + new Amount(fees);
        ImmutableArray<Transaction> transactions = [Coinbase(height, value, taken), .. taken];
        var failure = BlockConnector.Connect(_coins, transactions, Next, _rules, out var effect);
        Assert.Equal("ok", failure.ToString());
        var time = (uint)Math.Max(now, MedianTimePast + 1L);
        _blocks.Add(new SimBlock(height, time, transactions, effect!.Undo, MedianWith(time)));
        _mempool.RemoveAll(taken.Contains);
        Purge();
    }

    /// <summary>Takes blocks off and finds one more than there were.</summary>
    /// <param name="depth">Blocks to take off.</param>
    /// <param name="now">The miners' clock.</param>
    /// <param name="keeps">Which of their transactions find the way back to the mempool.</param>
    /// <param name="takes">Which of the mempool the new blocks take.</param>
    /// <param name="favoured">Transactions that the miners prefer.</param>
    public void Reorganise(
        int depth, long now, Func<Transaction, bool> keeps, Func<Transaction, bool> takes,
        IReadOnlyList<Transaction> favoured)
    {
        for (var i = 0; i < depth; i++)
        {
            var block = _blocks[^1];
            BlockConnector.Disconnect(_coins, block.Transactions, block.Undo);
            _blocks.RemoveAt(_blocks.Count - 1);
            _mempool.InsertRange(0, block.Transactions.Skip(1).Where(keeps));
        }

        for (var i = 0; i <= depth; i++)
        {
            Mine(now, takes, favoured);
        }
    }

    /// <summary>True where a miner may leave a transaction out once more: patience has a bound.</summary>
    public bool LeavesOut(Transaction transaction, int most)
    {
        var times = _leftOut.GetValueOrDefault(transaction.Id);
        _leftOut[transaction.Id] = times + 1;
        return times < most;
    }

    private uint MedianTimePast => _blocks.Count == 0 ? 0 : _blocks[^1].MedianTimePast;

    private BlockContext Next => new(_blocks.Count + 1, MedianTimePast);

    private uint MedianWith(uint time) =>
        MedianTime.Of([.. _blocks.TakeLast(MedianTime.Span - 1).Select(block => block.Time), time]);

    private Transaction Coinbase(int height, Amount value, List<Transaction> taken)
    {
        byte[] script = [.. CoinbaseHeight.Push(height), 0];
        ImmutableArray<TxOut> outputs = [new TxOut(value, Miner)];
        var witness = Witness.Empty;
        if (_rules.WitnessCommitment == WitnessCommitmentRule.InCoinbase)
        {
            var blank = new Transaction(1, [], [], 0);
            var commitment = BlockChecks.WitnessCommitment([blank, .. taken], Hash256.Zero);
            outputs = outputs.Add(new TxOut(Amount.Zero, BlockChecks.WitnessCommitmentScript(commitment)));
            witness = new Witness(new byte[Hash256.Length]);
        }

        return new Transaction(
            2, [new TxIn(OutPoint.Null, new Script(script), TxIn.FinalSequence, witness)], outputs, 0);
    }

    private bool Check(ICoinView coins, Transaction transaction, out AcceptedTransaction? accepted) =>
        TransactionAcceptance.Check(transaction, coins, Next, _rules, out accepted).IsOk;

    private long FeeOf(Transaction transaction) =>
        Check(Overlay(Conflicts(transaction)), transaction, out var accepted) ? accepted!.Fee.Sats : 0;

    private CoinOverlay Overlay(List<Transaction> without)
    {
        var overlay = new CoinOverlay(_coins);
        foreach (var waiting in _mempool.Where(waiting => !without.Contains(waiting)))
        {
            overlay.Apply(waiting, Next);
        }

        return overlay;
    }

    // Those that spend the same outputs, and all that builds on them.
    private List<Transaction> Conflicts(Transaction transaction)
    {
        var found = _mempool.Where(waiting => waiting.Inputs.Any(input =>
            transaction.Inputs.Any(other => other.PreviousOutput == input.PreviousOutput))).ToList();
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(_mempool.Where(waiting => !found.Contains(waiting)
                && waiting.Inputs.Any(input => input.PreviousOutput.TxId == found[i].Id)));
        }

        return found;
    }

    private void Purge()
    {
        var overlay = new CoinOverlay(_coins);
        foreach (var waiting in _mempool.ToList())
        {
            if (Check(overlay, waiting, out _))
            {
                overlay.Apply(waiting, Next);
            }
            else
            {
                _mempool.Remove(waiting);
            }
        }
    }

    private sealed record SimBlock(
        int Height, uint Time, ImmutableArray<Transaction> Transactions, BlockUndo Undo, uint MedianTimePast);
}
