using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>
/// The work done for a share: a mainchain header, and the coinbase through which its merkle root commits to the share.
/// Serialized: header 80, coinbase without witness, branch (compact size, 32 each).
/// </summary>
/// <param name="MainHeader">A candidate mainchain header.</param>
/// <param name="MainCoinbase">Its coinbase, without witness.</param>
/// <param name="Branch">From the coinbase to the merkle root, the coinbase's neighbour first.</param>
public sealed record WorkProof(BlockHeader MainHeader, Transaction MainCoinbase, ImmutableArray<Hash256> Branch)
{
    /// <summary>A longer branch is never read.</summary>
    public const int MostBranch = 16;

    /// <summary>Serialized length in bytes.</summary>
    public int Length => BlockHeader.Length + MainCoinbase.StrippedSize + 1 + 32 * Branch.Length;

    /// <summary>True where the header is over these transactions' coinbase.</summary>
    public bool IsInMerkleRoot =>
        LedgerMerkle.FoldFirst(MainCoinbase.Id.Value, Branch.AsSpan()) == MainHeader.MerkleRoot;

    /// <summary>A coinbase as a proof carries it: without its witness, which the merkle root does not know.</summary>
    internal static Transaction Stripped(Transaction coinbase) => new(
        coinbase.Version, [.. coinbase.Inputs.Select(input => input with { Witness = Witness.Empty })], coinbase.Outputs,
        coinbase.LockTime);

    /// <summary>Reads a proof; the reader holds the error where the result is null.</summary>
    public static WorkProof? Read(ref ByteReader reader)
    {
        var header = BlockHeader.Read(ref reader);
        var coinbase = Transaction.Read(ref reader);
        var count = reader.ReadCount(32);
        if (count > MostBranch)
        {
            reader.Fail(ParseError.TooLarge);
        }

        if (coinbase is { HasWitness: true })
        {
            reader.Fail(ParseError.InvalidValue);
        }

        if (reader.Failed)
        {
            return null;
        }

        var branch = ImmutableArray.CreateBuilder<Hash256>(count);
        for (var i = 0; i < count; i++)
        {
            branch.Add(reader.ReadHash256());
        }

        return reader.Failed ? null : new WorkProof(header!, coinbase!, branch.MoveToImmutable());
    }

    /// <summary>Writes the proof.</summary>
    public void Write(ByteWriter writer)
    {
        MainHeader.Write(writer);
        MainCoinbase.Write(writer, withWitness: false);
        writer.CompactSize((ulong)Branch.Length);
        foreach (var hash in Branch)
        {
            writer.Hash256(hash);
        }
    }
}
