using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Mainchain;

/// <summary>Puts a block together from its parts, all but the nonce.</summary>
internal static class BlockAssembler
{
    private const int Version = 0x20000000;

    /// <param name="previous">The block to build on.</param>
    /// <param name="height">The new block's height.</param>
    /// <param name="time">Its time, Unix seconds.</param>
    /// <param name="bits">The target required.</param>
    /// <param name="transactions">Coinbase not among them.</param>
    /// <param name="payTo">Gets all.</param>
    /// <param name="value">Subsidy and fees.</param>
    /// <param name="extraNonce">Makes blocks of the same parts differ.</param>
    public static Block Assemble(
        BlockId previous, int height, uint time, CompactTarget bits, ImmutableArray<Transaction> transactions,
        Script payTo, Amount value, ulong extraNonce)
    {
        var extra = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(extra, extraNonce);
        byte[] script = [.. CoinbaseHeight.Push(height), sizeof(ulong), .. extra];
        var commitment = BlockChecks.WitnessCommitment([Blank, .. transactions], Hash256.Zero);
        var coinbase = new Transaction(
            2,
            [new TxIn(
                OutPoint.Null, new Script(script), TxIn.FinalSequence, new Witness(new byte[Hash256.Length]))],
            [new TxOut(value, payTo), new TxOut(Amount.Zero, BlockChecks.WitnessCommitmentScript(commitment))],
            0);
        ImmutableArray<Transaction> all = [coinbase, .. transactions];
        var header = new BlockHeader(Version, previous, LedgerMerkle.Root(all, out _), time, bits, 0);
        return new Block(header, all);
    }

    // Stands for the coinbase, whose place in the witness tree is zeros whatever it holds.
    private static Transaction Blank { get; } = new(1, [], [], 0);
}
