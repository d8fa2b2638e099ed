using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// What a share transaction registers as late work, in two outputs of no value that follow each other: OP_RETURN push("late",
/// mainchain header 80), and OP_RETURN push(its coinbase without witness, branch: compact size and 32 bytes each). Each push is the
/// shortest that holds its bytes; what is not exactly of this form registers nothing.
/// </summary>
/// <param name="Header">The header of the block that lost.</param>
/// <param name="Coinbase">Its coinbase.</param>
/// <param name="Branch">From the coinbase to the merkle root.</param>
public sealed record LateRegistration(BlockHeader Header, Transaction Coinbase, ImmutableArray<Hash256> Branch)
{
    /// <summary>
    /// Of a share only the first so many count: each asks the mainchain's node, and what they register is kept in front of the
    /// share's bytes, where a follower of headers reads it.
    /// </summary>
    public const int MostOfShare = 4;

    private const int MarkLength = 4;
    private const int KeyMarkLength = 4;

    private static ReadOnlySpan<byte> Mark => "late"u8;

    private static ReadOnlySpan<byte> KeyMark => "plw1"u8;

    /// <summary>The coinbase's output that names a key: OP_RETURN push("plw1", key 32), of no value.</summary>
    public static TxOut KeyOutput(Hash256 key) => Note([.. KeyMark, .. key.ToArray()]);

    /// <summary>The key that the coinbase names; null where it names none, or several.</summary>
    public Hash256? Key
    {
        get
        {
            Hash256? found = null;
            foreach (var output in Coinbase.Outputs)
            {
                if (Content(output) is { Length: KeyMarkLength + Hash256.Length } bytes
                    && bytes.Span.StartsWith(KeyMark))
                {
                    if (found is not null)
                    {
                        return null;
                    }

                    found = new Hash256(bytes.Span[KeyMarkLength..]);
                }
            }

            return found;
        }
    }

    /// <summary>Of a whole mainchain block, whose coinbase is its first transaction.</summary>
    public static LateRegistration Of(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return new LateRegistration(
            block.Header, WorkProof.Stripped(block.Transactions[0]), LedgerMerkle.CoinbaseBranch(block.Transactions));
    }

    /// <summary>The two outputs.</summary>
    public ImmutableArray<TxOut> ToOutputs() => [Note([.. Mark, .. Header.ToArray()]), Note(Annex())];

    /// <summary>A new array of its bytes: header, coinbase without witness, branch (compact size and 32 bytes each).</summary>
    public byte[] ToArray() => [.. Header.ToArray(), .. Annex()];

    /// <summary>Reads what <see cref="ToArray"/> wrote, and nothing else; null where the bytes are something else.</summary>
    public static LateRegistration? Parse(ReadOnlyMemory<byte> bytes) => bytes.Length < BlockHeader.Length
        ? null
        : Read(bytes[..BlockHeader.Length], bytes[BlockHeader.Length..]);

    private byte[] Annex()
    {
        var annex = new ByteWriter();
        Coinbase.Write(annex, withWitness: false);
        annex.CompactSize((ulong)Branch.Length);
        foreach (var hash in Branch)
        {
            annex.Hash256(hash);
        }

        return annex.ToArray();
    }

    /// <summary>All that a transaction registers, in order.</summary>
    public static ImmutableArray<LateRegistration> ReadAll(Transaction transaction)
    {
        var found = ImmutableArray<LateRegistration>.Empty;
        for (var i = 0; i + 1 < transaction.Outputs.Length; i++)
        {
            if (Content(transaction.Outputs[i]) is { Length: MarkLength + BlockHeader.Length } bytes
                && bytes.Span.StartsWith(Mark) && Content(transaction.Outputs[i + 1]) is { } annex
                && Read(bytes[MarkLength..], annex) is { } registration)
            {
                found = found.Add(registration);
            }
        }

        return found;
    }

    /// <summary>What a share registers: the first <see cref="MostOfShare"/> of its transactions', in order.</summary>
    public static IEnumerable<LateRegistration> ReadAll(ShareBlock share)
    {
        ArgumentNullException.ThrowIfNull(share);
        return share.Transactions.SelectMany(transaction => ReadAll(transaction)).Take(MostOfShare);
    }

    private static LateRegistration? Read(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> annex)
    {
        var reader = new ByteReader(header);
        var parsed = BlockHeader.Read(ref reader);
        reader = new ByteReader(annex);
        var coinbase = Transaction.Read(ref reader);
        var branch = new Hash256[reader.ReadCount(Hash256.Length)];
        for (var i = 0; i < branch.Length; i++)
        {
            branch[i] = reader.ReadHash256();
        }

        reader.ExpectEnd();
        return reader.Failed || coinbase is not { HasWitness: false } || branch.Length > WorkProof.MostBranch
            ? null
            : new LateRegistration(parsed!, coinbase, [.. branch]);
    }

    private static TxOut Note(ReadOnlySpan<byte> bytes) => new(
        Amount.Zero, new ScriptBuilder().Op(Opcode.OP_RETURN).PushBytes(bytes).Build());

    // Of an output of no value the one push behind OP_RETURN in its shortest form, which is the only one; null where it is
    // something else. Read in two forms, one program would register what another does not.
    private static ReadOnlyMemory<byte>? Content(TxOut output)
    {
        var script = output.ScriptPubKey.Memory;
        if (output.Value != Amount.Zero || script.Length < 2 || script.Span[0] != (byte)Opcode.OP_RETURN)
        {
            return null;
        }

        var (length, from) = script.Span[1] switch
        {
            < (byte)Opcode.OP_PUSHDATA1 and var few => (few, 2),
            (byte)Opcode.OP_PUSHDATA1 when script.Length > 2 => (script.Span[2], 3),
            (byte)Opcode.OP_PUSHDATA2 when script.Length > 3 => (script.Span[2] | (script.Span[3] << 8), 4),
            _ => (-1, 0),
        };
        return length == script.Length - from && from == ShortestPrefix(length) ? script[from..] : null;
    }

    // OP_RETURN and what says how long the push is.
    private static int ShortestPrefix(int length) =>
        length < (byte)Opcode.OP_PUSHDATA1 ? 2 : length <= byte.MaxValue ? 3 : 4;
}
