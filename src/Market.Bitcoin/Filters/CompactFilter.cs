using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>
/// A block's basic filter (BIP158): a Golomb-coded set of the scripts that its outputs pay and its inputs spend. A script that it
/// does not hold is not in the block, if the filter is true to it; one that it holds is, but for one chance in 784,931. Immutable.
/// </summary>
public sealed class CompactFilter
{
    /// <summary>Bits of a code's remainder: BIP158's P.</summary>
    public const int RemainderBits = 19;

    /// <summary>One script in so many seems to be there and is not: BIP158's M.</summary>
    public const int OnceIn = 784_931;

    /// <summary>
    /// Scripts at most: a block of 4,000,000 weight units has no more outputs, which take 36 each, and its inputs take more.
    /// </summary>
    public const int MostScripts = 4_000_000 / 36;

    /// <summary>Bytes at most: all codes of <see cref="MostScripts"/> numbers, and their count before them.</summary>
    public const int MostBytes = (int)((((RemainderBits + 1L) * MostScripts + ((long)MostScripts * OnceIn >> RemainderBits)) + 7)
        / 8) + 5;

    private readonly ReadOnlyMemory<byte> _codes;
    private readonly ulong _first;
    private readonly ulong _second;

    private CompactFilter(BlockId block, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> codes, int count)
    {
        (Block, Bytes, _codes, Count) = (block, bytes, codes, count);
        (_first, _second) = KeyOf(block);
    }

    /// <summary>Whose filter it is.</summary>
    public BlockId Block { get; }

    /// <summary>The filter as peers send it.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>How many scripts it was made of.</summary>
    public int Count { get; }

    private ulong Range => (ulong)Count * OnceIn;

    /// <summary>Reads a filter and checks all of it.</summary>
    /// <param name="block">Whose.</param>
    /// <param name="bytes">As peers send it: not copied.</param>
    /// <param name="filter">The filter; null where there is an error.</param>
    /// <param name="error">
    /// <see cref="ParseError.TooLarge"/> for more scripts than a block can have or than the bytes can hold;
    /// <see cref="ParseError.InvalidValue"/> for a number beyond the range, codes that end too soon or a filling that is not
    /// nought.
    /// </param>
    public static bool TryParse(
        BlockId block, ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out CompactFilter? filter, out ParseError error)
    {
        filter = null;
        var reader = new ByteReader(bytes);
        var count = reader.ReadCompactSize();
        error = reader.Error;
        if (error != ParseError.None)
        {
            return false;
        }

        if (bytes.Length > MostBytes || count > MostScripts || (long)count * (RemainderBits + 1) > reader.Remaining * 8L)
        {
            error = ParseError.TooLarge;
            return false;
        }

        var read = new CompactFilter(block, bytes, bytes[reader.Position..], (int)count);
        error = read.Check();
        filter = error == ParseError.None ? read : null;
        return filter is not null;
    }

    /// <summary>The filter of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="spent">The scripts of the outputs that it spends.</param>
    public static CompactFilter Of(Block block, IEnumerable<Script> spent)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(spent);
        return Of(block.Id, [.. PaidBy(block), .. spent.Where(script => !script.IsEmpty)]);
    }

    /// <summary>The scripts that a block's filter must hold because its outputs pay them: none that is empty or begins with
    /// OP_RETURN.</summary>
    public static IEnumerable<Script> PaidBy(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return block.Transactions.SelectMany(transaction => transaction.Outputs).Select(output => output.ScriptPubKey)
            .Where(IsCovered);
    }

    /// <summary>A filter's place in the chain of filters (BIP157): SHA256d of its hash and of the header before it.</summary>
    /// <param name="hash">SHA256d of the filter's bytes.</param>
    /// <param name="previous">The header of the filter before; zeros before genesis.</param>
    public static Hash256 HeaderOf(Hash256 hash, Hash256 previous)
    {
        Span<byte> both = stackalloc byte[2 * Hash256.Length];
        hash.CopyTo(both);
        previous.CopyTo(both[Hash256.Length..]);
        return Hash256.DoubleSha256(both);
    }

    /// <summary>The filter's header after the one before it.</summary>
    public Hash256 HeaderAfter(Hash256 previous) => HeaderOf(Hash256.DoubleSha256(Bytes.Span), previous);

    /// <summary>
    /// False where the block neither pays nor spends a script, if the filter is true. A script that is empty or begins with
    /// OP_RETURN is in no filter: of such nothing is known, and it may be there.
    /// </summary>
    public bool MayHold(Script script) => MayHoldAny([script]);

    /// <summary>False where the block neither pays nor spends any of some scripts; see <see cref="MayHold"/>.</summary>
    public bool MayHoldAny(IReadOnlyCollection<Script> scripts)
    {
        ArgumentNullException.ThrowIfNull(scripts);
        if (scripts.Any(script => !IsCovered(script)))
        {
            return true;
        }

        var wanted = ArrayPool<ulong>.Shared.Rent(scripts.Count);
        try
        {
            var count = 0;
            foreach (var script in scripts)
            {
                wanted[count++] = Place(script, Range);
            }

            var sorted = wanted.AsSpan(0, count);
            sorted.Sort();
            return Meets(sorted);
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(wanted);
        }
    }

    /// <summary>True where the filter holds every one of some scripts, as it must for those that its block pays.</summary>
    public bool HoldsAll(IEnumerable<Script> scripts)
    {
        ArgumentNullException.ThrowIfNull(scripts);
        var held = new HashSet<ulong>(Count);
        var reader = new GolombReader(_codes.Span, Range);
        for (var i = 0; i < Count && reader.TryRead(out var value); i++)
        {
            held.Add(value);
        }

        return scripts.Where(IsCovered).All(script => held.Contains(Place(script, Range)));
    }

    private static bool IsCovered(Script script) => !script.IsEmpty && script.Span[0] != (byte)Opcode.OP_RETURN;

    private static CompactFilter Of(BlockId block, HashSet<Script> scripts)
    {
        var (first, second) = KeyOf(block);
        var range = (ulong)scripts.Count * OnceIn;
        var values = scripts.Select(script => Place(script, range, first, second)).Order();
        var writer = new GolombWriter();
        var before = 0UL;
        foreach (var value in values)
        {
            writer.Write(value - before);
            before = value;
        }

        var codes = writer.Finish();
        byte[] bytes = [.. new ByteWriter().CompactSize((ulong)scripts.Count).Written, .. codes];
        return new CompactFilter(block, bytes, bytes.AsMemory(bytes.Length - codes.Length), scripts.Count);
    }

    // BIP158: the key is the first half of the block's hash as it is serialized.
    private static (ulong First, ulong Second) KeyOf(BlockId block)
    {
        Span<byte> id = stackalloc byte[Hash256.Length];
        block.Value.CopyTo(id);
        return (BinaryPrimitives.ReadUInt64LittleEndian(id), BinaryPrimitives.ReadUInt64LittleEndian(id[sizeof(ulong)..]));
    }

    private static ulong Place(Script script, ulong range, ulong first, ulong second) =>
        Math.BigMul(SipHash.Hash(first, second, script.Span), range, out _);

    private ulong Place(Script script, ulong range) => Place(script, range, _first, _second);

    private ParseError Check()
    {
        var reader = new GolombReader(_codes.Span, Range);
        for (var i = 0; i < Count; i++)
        {
            if (!reader.TryRead(out _))
            {
                return ParseError.InvalidValue;
            }
        }

        return reader.IsAtEnd ? ParseError.None : reader.Left < 8 ? ParseError.InvalidValue : ParseError.TrailingBytes;
    }

    private bool Meets(ReadOnlySpan<ulong> sorted)
    {
        var reader = new GolombReader(_codes.Span, Range);
        var at = 0;
        for (var i = 0; i < Count && reader.TryRead(out var value); i++)
        {
            while (at < sorted.Length && sorted[at] < value)
            {
                at++;
            }

            if (at == sorted.Length)
            {
                return false;
            }

            if (sorted[at] == value)
            {
                return true;
            }
        }

        return false;
    }
}
