using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// A share that a block names so that its work is paid: an uncle, or a weak share. Of its transactions only the sharebase
/// travels, with the branch that leads to the header's root of transactions. Serialized: header, proof, sharebase without witness,
/// branch (compact size, 32 each).
/// </summary>
/// <param name="Header">Its header.</param>
/// <param name="Proof">Its work.</param>
/// <param name="Sharebase">Its sharebase, which says who made it.</param>
/// <param name="Branch">From the sharebase to the header's root of transactions, the sharebase's neighbour first.</param>
public sealed record NamedShare(
    ShareHeader Header, WorkProof Proof, Transaction Sharebase, ImmutableArray<Hash256> Branch)
{
    /// <summary>A longer branch is never read.</summary>
    public const int MostBranch = 16;

    /// <summary>None that may be named is longer: header, the longest mainchain coinbase and sharebase, two branches.</summary>
    public const int MostBytes = 26_000;

    // Boxed: a reference is written at once, so that no thread ever sees half of an id.
    private object? _id;

    private NamedShare(NamedShare original) =>
        (Header, Proof, Sharebase, Branch) = (original.Header, original.Proof, original.Sharebase, original.Branch);

    /// <summary>The share's id.</summary>
    public ShareId Id => (ShareId)(_id ??= ShareId.Of(Header, Proof.MainHeader));

    /// <summary>Serialized length in bytes.</summary>
    public int Length => Header.Length + Proof.Length + Sharebase.StrippedSize + 1 + 32 * Branch.Length;

    /// <summary>True where the sharebase is the first transaction of the header's.</summary>
    public bool IsInRoot => LedgerMerkle.FoldFirst(Sharebase.Id.Value, Branch.AsSpan()) == Header.TxRoot;

    /// <summary>The script that the share's maker is paid by: its sharebase's first.</summary>
    public Script Maker => Sharebase.Outputs[0].ScriptPubKey;

    /// <summary>What travels of a whole share.</summary>
    public static NamedShare Of(ShareBlock block) => new(
        block.Header, block.Proof, block.Transactions[0], LedgerMerkle.CoinbaseBranch(block.Transactions));

    /// <summary>Reads one and nothing else, of at most <see cref="MostBytes"/>. Scripts are slices of the bytes, which must not
    /// change.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out NamedShare? share, out ParseError error)
    {
        var reader = new ByteReader(bytes);
        if (bytes.Length > MostBytes)
        {
            reader.Fail(ParseError.TooLarge);
        }

        share = Read(ref reader);
        reader.ExpectEnd();
        error = reader.Error;
        if (error != ParseError.None)
        {
            share = null;
        }

        return share is not null;
    }

    /// <summary>A new array of its bytes.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter(Length);
        Write(writer);
        return writer.ToArray();
    }

    /// <summary>Reads one; the reader holds the error where the result is null.</summary>
    public static NamedShare? Read(ref ByteReader reader)
    {
        var header = ShareHeader.Read(ref reader);
        var proof = header is null ? null : WorkProof.Read(ref reader);
        var sharebase = proof is null ? null : Transaction.Read(ref reader);
        var count = reader.ReadCount(32);
        if (count > MostBranch)
        {
            reader.Fail(ParseError.TooLarge);
        }

        if (sharebase is { HasWitness: true } or { Outputs.IsEmpty: true })
        {
            reader.Fail(ParseError.InvalidValue);
        }

        var branch = ImmutableArray.CreateBuilder<Hash256>(reader.Failed ? 0 : count);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            branch.Add(reader.ReadHash256());
        }

        return reader.Failed ? null : new NamedShare(header!, proof!, sharebase!, branch.ToImmutable());
    }

    /// <summary>Writes it.</summary>
    public void Write(ByteWriter writer)
    {
        Header.Write(writer);
        Proof.Write(writer);
        Sharebase.Write(writer, withWitness: false);
        writer.CompactSize((ulong)Branch.Length);
        foreach (var hash in Branch)
        {
            writer.Hash256(hash);
        }
    }

    /// <summary>Equal bytes.</summary>
    public bool Equals(NamedShare? other) => other is not null && Header == other.Header && Proof == other.Proof
        && Sharebase == other.Sharebase && Branch.SequenceEqual(other.Branch);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode();
}
