using System.Collections.Immutable;
using System.Numerics;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Light;

/// <summary>What became of a row of headers.</summary>
/// <param name="Added">How many were new.</param>
/// <param name="Error">The rule that the first bad one breaks.</param>
/// <param name="Disconnected">Blocks that left the best branch, newest first.</param>
/// <param name="Connected">Blocks that joined it, oldest first.</param>
public sealed record HeaderResult(
    int Added, LedgerError Error, ImmutableArray<BlockRef> Disconnected, ImmutableArray<BlockRef> Connected)
{
    /// <summary>True where the tip is another now.</summary>
    public bool MovesTip => !Connected.IsEmpty;
}

/// <summary>
/// Bitcoin's headers, each checked for its work, its target after the network's rule and its time; the branch with most work is
/// the chain. The best branch lies in a file of 80 bytes a block, others in memory. One thread at a time.
/// </summary>
public sealed class HeaderChain : IDisposable
{
    /// <summary>Headers of other branches kept at most.</summary>
    public const int MostSide = 200_000;

    private const int Interval = 2_016;
    private const int MedianSpan = 11;

    private readonly NetworkProfile _network;
    private readonly HeaderFile _file;
    private readonly int _most;
    private readonly Dictionary<Hash256, int> _heights = [];
    private readonly List<BigInteger> _workBefore = [];
    private readonly Dictionary<Hash256, Side> _sides = [];
    private BigInteger _work;
    private int _tip;

    /// <summary>Opens the chain from its file; what there is damaged goes.</summary>
    /// <param name="network">Whose headers.</param>
    /// <param name="path">The file; null keeps all in memory.</param>
    /// <param name="most">Headers kept at most on one branch; any further ones are not taken.</param>
    /// <exception cref="IOException">Another process has it open.</exception>
    public HeaderChain(NetworkProfile network, string? path = null, int most = HeaderFile.MostHeaders)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, HeaderFile.MostHeaders);
        (_network, _most) = (network, most);
        _file = HeaderFile.Open(path);
        Load();
    }

    /// <summary>Height of the tip.</summary>
    public int Height => _tip;

    /// <summary>True where the best branch holds the work that the real chain is known to hold.</summary>
    public bool HasLeastWork => _work >= _network.LeastWork.ToBigInteger();

    /// <summary>Expected hashes of the best branch.</summary>
    public BigInteger Work => _work;

    /// <summary>The header at a height of the best branch; null above the tip.</summary>
    public MainHeader? At(int height) => height < 0 || height > _tip ? null : Place(Best(height), height, true);

    /// <summary>A header by its id, on the best branch or off it; null where unknown.</summary>
    public MainHeader? Find(Hash256 id) => _heights.TryGetValue(id, out var height) ? At(height)
        : _sides.TryGetValue(id, out var side) ? Place(side.Header, side.Height, false)
        : null;

    /// <summary>
    /// Ids from below the tip downwards, ten in a row and then ever farther apart, genesis last. The tip itself is not among
    /// them: who has it answers with it, and who has another answers with that.
    /// </summary>
    public IReadOnlyList<Hash256> Locator()
    {
        const int dense = 10;
        var ids = new List<Hash256>();
        var step = 1;
        for (var height = _tip - 1; height > 0; height -= step)
        {
            ids.Add(Best(height).Id.Value);
            step = ids.Count < dense ? 1 : step * 2;
        }

        ids.Add(_network.Genesis.Id.Value);
        return ids;
    }

    /// <summary>The height at which a branch left the best one; null where the id is unknown.</summary>
    public int? ForkOf(Hash256 id)
    {
        while (_sides.TryGetValue(id, out var side))
        {
            id = side.Header.Previous.Value;
        }

        return _heights.TryGetValue(id, out var height) ? height : null;
    }

    /// <summary>Checks and adds headers, each the child of the one before; stops at the first bad one.</summary>
    /// <param name="headers">Oldest first.</param>
    /// <param name="now">The clock, Unix seconds.</param>
    public HeaderResult Add(IReadOnlyList<BlockHeader> headers, long now)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var added = 0;
        var error = LedgerError.None;
        var before = At(_tip)!;
        var connected = new List<BlockRef>();
        var disconnected = new List<BlockRef>();
        foreach (var header in headers)
        {
            if (Find(header.Id.Value) is not null)
            {
                continue;
            }

            error = Check(header, now, out var height);
            if (error != LedgerError.None || height >= _most)
            {
                // No chain of any network is that long: whoever has so many says nothing more.
                break;
            }

            added++;
            if (header.Previous.Value == before.Header.Id.Value)
            {
                Append(header);
                connected.Add(new BlockRef(header.Id.Value, _tip));
            }
            else
            {
                Fork(header, height, connected, disconnected);
            }

            before = At(_tip)!;
        }

        _file.Flush();
        return new HeaderResult(added, error, [.. disconnected], [.. connected]);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // What any header must hold to, work first: without it nothing dearer is looked at.
    private LedgerError Check(BlockHeader header, long now, out int height)
    {
        height = 0;
        if (!header.MeetsOwnTarget)
        {
            return LedgerError.ProofOfWork;
        }

        if (Find(header.Previous.Value) is not { } parent)
        {
            return LedgerError.ParentUnknown;
        }

        height = parent.Height + 1;
        if (header.Bits != Required(parent, header.Time))
        {
            return LedgerError.Bits;
        }

        if (header.Time <= parent.MedianTimePast)
        {
            return LedgerError.TimeTooOld;
        }

        return header.Time > now + _network.MaxFutureSeconds ? LedgerError.TimeTooNew : LedgerError.None;
    }

    private CompactTarget Required(MainHeader parent, uint time) => Difficulty.After(
        _network, parent.Header, parent.Height, time, height => Ancestor(parent, height));

    private BlockHeader Ancestor(MainHeader from, int height)
    {
        var (id, at) = (from.Header.Id.Value, from.Height);
        while (at > height && _sides.TryGetValue(id, out var side))
        {
            (id, at) = (side.Header.Previous.Value, at - 1);
        }

        return _sides.TryGetValue(id, out var reached) ? reached.Header : Best(height);
    }

    private MainHeader Place(BlockHeader header, int height, bool best)
    {
        Span<uint> times = stackalloc uint[MedianSpan];
        var count = 0;
        for (BlockHeader? at = header; at is not null && count < MedianSpan; count++)
        {
            times[count] = at.Time;
            at = height - count <= 0 ? null : ParentOf(at, height - count);
        }

        return new MainHeader(header, height, MedianTime.Of(times[..count]), best);
    }

    private BlockHeader ParentOf(BlockHeader header, int height) =>
        _sides.TryGetValue(header.Previous.Value, out var side) ? side.Header : Best(height - 1);

    private BlockHeader Best(int height) =>
        _file.Read(height) ?? throw new InvalidOperationException($"The file of headers has no header {height}.");

    private void Append(BlockHeader header)
    {
        _tip++;
        Remember(header);
        _file.Write(_tip, header);
    }

    private void Remember(BlockHeader header)
    {
        if (_tip % Interval == 0)
        {
            _workBefore.Add(_work);
        }

        _heights[header.Id.Value] = _tip;
        _work += header.Bits.Work().ToBigInteger();
    }

    // Work of the best branch up to and with a height: from the last of the sums kept for every 2,016 blocks.
    private BigInteger WorkUpTo(int height)
    {
        var work = _workBefore[height / Interval];
        for (var at = height / Interval * Interval; at <= height; at++)
        {
            work += Best(at).Bits.Work().ToBigInteger();
        }

        return work;
    }

    private void Fork(BlockHeader header, int height, List<BlockRef> connected, List<BlockRef> disconnected)
    {
        var below = _sides.TryGetValue(header.Previous.Value, out var parent) ? parent.Work : WorkUpTo(height - 1);
        if (_sides.Count >= MostSide)
        {
            // Whoever fills this memory has paid for each header with work; the best branch is not in it.
            _sides.Clear();
            return;
        }

        var side = new Side(header, height, below + header.Bits.Work().ToBigInteger());
        _sides[header.Id.Value] = side;
        if (side.Work > _work)
        {
            Reorganise(side, connected, disconnected);
        }
    }

    private void Reorganise(Side tip, List<BlockRef> connected, List<BlockRef> disconnected)
    {
        var path = new Stack<Side>();
        for (Side? at = tip; at is not null; at = _sides.GetValueOrDefault(at.Header.Previous.Value))
        {
            path.Push(at);
        }

        var fork = path.Peek().Height - 1;
        var work = _work;
        for (var height = _tip; height > fork; height--)
        {
            var old = Best(height);
            _heights.Remove(old.Id.Value);
            if (!connected.Remove(new BlockRef(old.Id.Value, height)))
            {
                disconnected.Add(new BlockRef(old.Id.Value, height));
            }

            if (_sides.Count < MostSide)
            {
                _sides[old.Id.Value] = new Side(old, height, work);
            }

            work -= old.Bits.Work().ToBigInteger();
        }

        _work = work;
        _workBefore.RemoveRange(fork / Interval + 1, _workBefore.Count - fork / Interval - 1);
        _file.Truncate(fork + 1);
        _tip = fork;
        while (path.TryPop(out var side))
        {
            _sides.Remove(side.Header.Id.Value);
            Append(side.Header);
            connected.Add(new BlockRef(side.Header.Id.Value, _tip));
        }
    }

    // What a file holds was checked before it was written; a torn end or a foreign file shows in the links and the work.
    private void Load()
    {
        if (_file.Count == 0 || _file.Read(0)?.Id != _network.Genesis.Id)
        {
            _file.Truncate(0);
            _file.Write(0, _network.Genesis);
        }

        Remember(_network.Genesis);
        var previous = _network.Genesis.Id;
        var count = _file.Count;
        for (var height = 1; height < count; height++)
        {
            if (_file.Read(height) is not { MeetsOwnTarget: true } header || header.Previous != previous)
            {
                break;
            }

            _tip = height;
            Remember(header);
            previous = header.Id;
        }

        _file.Truncate(_tip + 1);
    }

    private sealed record Side(BlockHeader Header, int Height, BigInteger Work);
}
