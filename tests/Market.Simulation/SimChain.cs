using System.Buffers.Binary;
using Market.Bitcoin.Ledger;

namespace Market.Simulation;

/// <summary>A block: its name, its time, and what it holds besides its coinbase.</summary>
internal sealed record SimBlock(Hash256 Id, int Height, long Time, long MedianTimePast, List<SimTransaction> Transactions);

/// <summary>
/// One chain: blocks, coins and a mempool. Whether a transaction may stand where it does is judged as nodes judge it, but for
/// signatures, which are all made by keys of this program: of a witness its form is judged, the preimage, the locktime and whose
/// key it names.
/// </summary>
internal sealed partial class SimChain
{
    private const int FirstBlocks = 12;
    private static readonly List<SimTransaction> Nothing = [];

    private readonly SimContracts _contracts;
    private readonly HashSet<OutPoint> _coins = [];
    private readonly Dictionary<TxId, Transaction> _outputs = [];
    private readonly Dictionary<TxId, int> _ends = [];
    private readonly Dictionary<TxId, int> _roots = [];
    private readonly List<SimBlock> _blocks = [];
    private ulong _names;
    private long _burnt;
    private long _allocated;
    private int _lost;

    public SimChain(SwapChain kind, ChainPace pace, long start, SimContracts contracts)
    {
        (Kind, Pace, _contracts) = (kind, pace, contracts);
        for (var i = FirstBlocks; i > 0; i--)
        {
            Append(start - i * pace.SpacingSeconds, []);
        }
    }

    /// <summary>Which.</summary>
    public SwapChain Kind { get; }

    /// <summary>How it moves.</summary>
    public ChainPace Pace { get; }

    /// <summary>Changes whenever anybody could see another thing than before.</summary>
    public int Revision { get; private set; }

    /// <summary>The tip.</summary>
    public TipView Tip => new(Height, _blocks[^1].MedianTimePast);

    /// <summary>The tip's height; the first block has 1.</summary>
    public int Height => _blocks.Count;

    /// <summary>The tip's median time past.</summary>
    public long MedianTimePast => _blocks[^1].MedianTimePast;

    /// <summary>What exists is what was allocated less what miners were paid.</summary>
    public bool IsConserved
    {
        get
        {
            var sum = _burnt;
            foreach (var coin in _coins)
            {
                sum += OutputOf(coin)!.Value.Value.Sats;
            }

            return sum == _allocated;
        }
    }

    /// <summary>A block by its height.</summary>
    public SimBlock BlockAt(int height) => _blocks[height - 1];

    /// <summary>Puts coins on the chain that nobody had.</summary>
    /// <param name="transaction">Its outputs.</param>
    /// <param name="lasts">Blocks that may still spend them; null where they never expire.</param>
    /// <param name="root">Their root height, of shares that expire.</param>
    public TxId Allocate(Transaction transaction, int? lasts = null, int? root = null)
    {
        if (root is { } height)
        {
            _roots[transaction.Id] = height;
        }

        if (lasts is { } left)
        {
            _ends[transaction.Id] = Height + left;
        }

        _outputs[transaction.Id] = transaction;
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            _coins.Add(new OutPoint(transaction.Id, (uint)i));
            _allocated += transaction.Outputs[i].Value.Sats;
        }

        return transaction.Id;
    }

    /// <summary>True for an output of a block that no block spends.</summary>
    public bool HasCoin(OutPoint outPoint) => _coins.Contains(outPoint);

    /// <summary>Blocks that may still spend an output: 0 where it is expired, and null where it never does.</summary>
    public int? LeftOf(OutPoint outPoint) =>
        _ends.TryGetValue(outPoint.TxId, out var end) ? Math.Max(0, end - _lost - Height) : null;

    /// <summary>All shares expire so many blocks sooner than it seemed, as where Bitcoin's difficulty falls.</summary>
    public void Shorten(int blocks) => _lost += blocks;

    /// <summary>The root height of an output of shares that expire; null of others.</summary>
    public int? RootOf(OutPoint outPoint) => _roots.TryGetValue(outPoint.TxId, out var root) ? root : null;

    // Of a block above the tip; what comes of several takes the earliest end.
    private bool IsThere(OutPoint outPoint) => _coins.Contains(outPoint) && LeftOf(outPoint) is not 0;

    /// <summary>What an output is; null where the transaction was never heard of.</summary>
    public TxOut? OutputOf(OutPoint outPoint) =>
        _outputs.TryGetValue(outPoint.TxId, out var made) && outPoint.Index < made.Outputs.Length
            ? made.Outputs[(int)outPoint.Index]
            : null;

    /// <summary>A transaction that was heard of.</summary>
    public Transaction? TransactionOf(TxId id) => _outputs.GetValueOrDefault(id);

    /// <summary>Finds a block.</summary>
    /// <param name="time">What its header is to say; not before what the rules ask for.</param>
    /// <param name="floor">The least rate that it takes, satoshis a thousand virtual bytes.</param>
    /// <param name="favoured">What its miner takes first, whatever it pays.</param>
    /// <param name="takes">What of the mempool its miner is willing to take.</param>
    public SimBlock Mine(long time, long floor, List<SimTransaction>? favoured, Predicate<SimTransaction>? takes)
    {
        List<SimTransaction>? taken = null;
        foreach (var wanted in favoured ?? [])
        {
            if (wanted.Height == 0 && IsFinal(wanted) && HasInputs(wanted))
            {
                Take(wanted, ref taken);
            }
        }

        if (_pool.Count > 0)
        {
            TakeFromPool(floor, takes, ref taken);
        }

        return Append(time, taken ?? Nothing);
    }

    /// <summary>Takes blocks off. What they held waits again.</summary>
    public void Disconnect(int depth)
    {
        var back = new List<SimTransaction>();
        for (var i = 0; i < depth; i++)
        {
            var block = _blocks[^1];
            _blocks.RemoveAt(_blocks.Count - 1);
            for (var at = block.Transactions.Count - 1; at >= 0; at--)
            {
                var left = block.Transactions[at];
                Undo(left);
                back.Insert(0, left);
            }
        }

        Revision++;
        Requeue(back);
    }

    private SimBlock Append(long time, List<SimTransaction> transactions)
    {
        var median = _blocks.Count == 0 ? 0 : MedianTimePast;
        time = Math.Max(time, median + 1);
        Span<byte> name = stackalloc byte[Hash256.Length];
        name.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(name, ++_names);
        name[8] = (byte)(1 + (int)Kind);
        var block = new SimBlock(new Hash256(name), _blocks.Count + 1, time, MedianWith(time), transactions);
        _blocks.Add(block);
        foreach (var taken in transactions)
        {
            taken.Height = block.Height;
        }

        Revision++;
        if (_pool.Count > 0)
        {
            Purge();
        }

        return block;
    }

    private long MedianWith(long time)
    {
        Span<uint> times = stackalloc uint[MedianTime.Span];
        var count = Math.Min(MedianTime.Span - 1, _blocks.Count);
        for (var i = 0; i < count; i++)
        {
            times[i] = (uint)_blocks[^(i + 1)].Time;
        }

        times[count] = (uint)time;
        return MedianTime.Of(times[..(count + 1)]);
    }

    private void Take(SimTransaction transaction, ref List<SimTransaction>? taken)
    {
        foreach (ref readonly var input in transaction.Transaction.Inputs.AsSpan())
        {
            _coins.Remove(input.PreviousOutput);
        }

        for (var i = 0; i < transaction.Transaction.Outputs.Length; i++)
        {
            _coins.Add(new OutPoint(transaction.Id, (uint)i));
        }

        _burnt += transaction.Fee;
        transaction.Height = Height + 1;
        (taken ??= []).Add(transaction);
    }

    private void Undo(SimTransaction transaction)
    {
        for (var i = 0; i < transaction.Transaction.Outputs.Length; i++)
        {
            _coins.Remove(new OutPoint(transaction.Id, (uint)i));
        }

        foreach (ref readonly var input in transaction.Transaction.Inputs.AsSpan())
        {
            _coins.Add(input.PreviousOutput);
        }

        _burnt -= transaction.Fee;
        transaction.Height = 0;
    }

    private bool HasInputs(SimTransaction transaction)
    {
        foreach (ref readonly var input in transaction.Transaction.Inputs.AsSpan())
        {
            if (!IsThere(input.PreviousOutput))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsFinal(SimTransaction transaction) => transaction.NotBefore < MedianTimePast;
}
