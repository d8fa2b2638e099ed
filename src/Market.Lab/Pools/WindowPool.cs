using System.Buffers.Binary;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>Shares that are paid as long as they stand in a window of the newest blocks (PPLNS).</summary>
/// <param name="window">Blocks of the window in force; changes with <see cref="Resize"/>.</param>
/// <param name="holders">N; null for every holder that a coinbase has room for.</param>
internal sealed class WindowPool(int window, int? holders) : Pool
{
    private const int ScriptBytes = 22;

    private readonly WindowBook _book = new();
    private readonly Queue<ShareCoin> _coins = new();
    private int _window = window;
    private int _height;

    /// <summary>Holders, the largest first.</summary>
    public IEnumerable<(int Owner, long Units)> Holders =>
        _book.Holders.Select(holder => (OwnerOf(holder.Script), holder.Weight));

    /// <summary>Another window from the next block on. What expired stays so.</summary>
    public void Resize(int blocks) => _window = blocks;

    /// <inheritdoc/>
    public override void Mint(int owner, long units)
    {
        var script = ScriptOf(owner);
        var coin = new ShareCoin(default, new Coin(new TxOut(new Amount(units), script), _height, true, 0), _height, script);
        _book.Add(coin, _height);
        _coins.Enqueue(coin);
        _height++;
        while (_coins.Count > _window)
        {
            _book.Remove(_coins.Dequeue());
        }
    }

    /// <inheritdoc/>
    public override void Pay(LabRandom random, int finder, Span<double> paid)
    {
        var largest = _book.Largest(holders);
        if (largest.IsEmpty)
        {
            paid[finder] += Reward;
            return;
        }

        foreach (var output in WindowSplit.Outputs(largest.AsSpan(), new Amount(Reward)))
        {
            paid[OwnerOf(output.ScriptPubKey)] += output.Value.Sats;
        }
    }

    // A witness program of version 0 that has its owner's number in front.
    private static Script ScriptOf(int owner)
    {
        var bytes = new byte[ScriptBytes];
        bytes[1] = ScriptBytes - 2;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), owner);
        return new Script(bytes);
    }

    private static int OwnerOf(Script script) => BinaryPrimitives.ReadInt32LittleEndian(script.Span[2..]);
}
