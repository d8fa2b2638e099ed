using System.Buffers.Binary;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Chains;

/// <summary>Where a transaction of the active chain is, as the index has it: to be looked at, since keys are short.</summary>
/// <param name="Height">The block's height.</param>
/// <param name="Index">The transaction's place in it; -1 for the block itself.</param>
/// <param name="Minted">Of a sharebase or coinbase: base units that it gives to what was asked for.</param>
public readonly record struct ChainPlace(int Height, int Index, long Minted);

/// <summary>
/// What the newest blocks of a chain hold, by the first digits of ids, by output spent and by script paid: kept in memory,
/// bounded, and
/// built anew from the chain at each start. A block costs an entry for itself, one for each transaction, each input and each
/// script that
/// a transaction pays. Safe for several threads; a block is added in one short turn.
/// </summary>
public sealed class ChainIndex
{
    /// <summary>Entries kept: some 60 MB where they are all there.</summary>
    public const int MostEntries = 1_000_000;

    /// <summary>Digits of an id that are looked for at least.</summary>
    public const int LeastDigits = 8;

    private const ulong OfIds = 1UL << 63;

    private readonly Lock _gate = new();
    private readonly PlaceRing _ring;
    private readonly List<(Hash256 Id, long Before)> _blocks = [];
    private int _first;

    /// <summary>An empty index.</summary>
    /// <param name="most">Entries kept.</param>
    public ChainIndex(int most = MostEntries) => _ring = new PlaceRing(most);

    /// <summary>The newest block in it; null while it is empty.</summary>
    public (Hash256 Id, int Height)? Tip
    {
        get
        {
            lock (_gate) return _blocks.Count == 0 ? null : (_blocks[^1].Id, _first + _blocks.Count - 1);
        }
    }

    /// <summary>The lowest block that is wholly in it; null while there is none.</summary>
    public int? From
    {
        get
        {
            lock (_gate) return _blocks.Count == 0 ? null : _first;
        }
    }

    /// <summary>Adds a block on top of the newest.</summary>
    public void Add(ChainBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        // Hashing is done before anybody may have to wait.
        var entries = EntriesOf(block).ToList();
        lock (_gate)
        {
            if (_blocks.Count == 0) _first = block.Height;
            else if (_blocks[^1].Id != block.Parent || block.Height != _first + _blocks.Count)
                throw new InvalidOperationException("The block does not stand on the newest of the index.");
            _blocks.Add((block.Id, _ring.Added));
            foreach (var (key, index, minted) in entries) _ring.Add(key, PlaceOf(block.Height, index), minted);
            var gone = 0;
            while (gone < _blocks.Count && _blocks[gone].Before < _ring.Gone) gone++;
            _blocks.RemoveRange(0, gone);
            _first += gone;
        }
    }

    /// <summary>Takes the newest block back.</summary>
    public void TakeBack()
    {
        lock (_gate)
        {
            if (_blocks.Count == 0) return;
            _ring.TakeBack(_blocks[^1].Before);
            _blocks.RemoveAt(_blocks.Count - 1);
        }
    }

    /// <summary>Blocks and transactions whose ids may begin with these digits, the newest first.</summary>
    /// <param name="digits">At least <see cref="LeastDigits"/> hex digits, as ids are shown.</param>
    /// <param name="most">So many at most.</param>
    public IReadOnlyList<ChainPlace> Beginning(string digits, int most)
    {
        ArgumentNullException.ThrowIfNull(digits);
        return Find(OfIds | Convert.ToUInt32(digits[..LeastDigits], 16), most);
    }

    /// <summary>Transactions that may spend an output.</summary>
    public IReadOnlyList<ChainPlace> Spending(OutPoint outPoint) => Find(KeyOf(outPoint), int.MaxValue);

    /// <summary>Transactions that pay a script, the newest first.</summary>
    /// <param name="script">The script.</param>
    /// <param name="most">So many at most.</param>
    public IReadOnlyList<ChainPlace> Paying(Script script, int most) => Find(KeyOf(script), most);

    private List<ChainPlace> Find(ulong key, int most)
    {
        lock (_gate)
        {
            return [.. _ring.Find(key).Take(most)
                .Select(found => new ChainPlace((int)(found.Place >> 32), (int)found.Place - 1, found.Worth))];
        }
    }

    private static IEnumerable<(ulong Key, int Index, long Minted)> EntriesOf(ChainBlock block)
    {
        yield return (KeyOf(block.Id), -1, 0);
        for (var i = 0; i < block.Transactions.Length; i++)
        {
            var transaction = block.Transactions[i];
            yield return (KeyOf(transaction.Id.Value), i, 0);
            foreach (var input in transaction.Inputs)
                if (!input.PreviousOutput.IsNull) yield return (KeyOf(input.PreviousOutput), i, 0);
            foreach (var paid in transaction.Outputs.GroupBy(output => output.ScriptPubKey))
                yield return (KeyOf(paid.Key), i, i == 0 ? paid.Sum(output => output.Value.Sats) : 0);
        }
    }

    private static long PlaceOf(int height, int index) => ((long)height << 32) | (uint)(index + 1);

    // Ids are shown backwards.
    private static ulong KeyOf(Hash256 id)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        id.CopyTo(bytes);
        return OfIds | BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]);
    }

    private static ulong KeyOf(OutPoint outPoint)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        outPoint.TxId.Value.CopyTo(bytes);
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes) + outPoint.Index) & ~OfIds;
    }

    private static ulong KeyOf(Script script) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(script.Span)) & ~OfIds;
}
