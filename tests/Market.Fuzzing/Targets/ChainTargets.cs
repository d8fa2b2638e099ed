using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <summary>What stands in chains: transactions, blocks, headers.</summary>
internal static class ChainTargets
{
    private const int MostFeatures = 8;
    private static readonly byte[][] Words =
    [
        [0, 1], [0xff, 0xff, 0xff, 0xff], [0xfd, 0xff, 0xff, 0xff], [2, 0, 0, 0], new byte[32], new byte[36],
        [0x00, 0x14], [0x00, 0x20], [0x51, 0x20], [0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed],
    ];

    private static readonly LedgerRules Rules = LedgerRules.Bitcoin(InterpreterRules.Consensus);

    // An output takes 9 bytes and becomes 24, an input 41 and becomes 72, a witness item 1 and becomes 16.
    public static FuzzTarget Transaction { get; } = FuzzTarget.Of(
        "transaction", "Transaction.TryParse (BIP144); ids, sizes and weight by two ways",
        new AllocationBound(4096, 64),
        (byte[] input, out Transaction? value, out int error) =>
        {
            var accepted = Bitcoin.Transaction.TryParse(input, out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) => CheckTransaction(input, value!),
        values => values.Transaction().ToArray(),
        Words);

    public static FuzzTarget Block { get; } = FuzzTarget.Of(
        "block", "Block.TryParse; the checks that need no chain",
        new AllocationBound(4096, 64),
        (byte[] input, out Block? value, out int error) =>
        {
            var accepted = Bitcoin.Block.TryParse(input, out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) => CheckBlock(input, value!),
        values => values.Block().ToArray(),
        Words,
        RepairBlock);

    public static FuzzTarget Header { get; } = FuzzTarget.Of(
        "header", "BlockHeader.TryParse; compact targets",
        new AllocationBound(1024, 4),
        (byte[] input, out BlockHeader? value, out int error) =>
        {
            error = 1;
            return BlockHeader.TryParse(input, out value);
        },
        (input, value) => CheckHeader(input, value!),
        values => values.Header().ToArray(),
        Words);

    private static ulong CheckTransaction(byte[] input, Transaction value)
    {
        Promise.Same(input, value.ToArray(), "a transaction is written as it was read");
        var copy = new Transaction(value.Version, value.Inputs, value.Outputs, value.LockTime);
        Promise.Same(input, copy.ToArray(), "a transaction made of its parts has its bytes");
        Promise.Holds(
            copy.Id == value.Id && copy.WitnessId == value.WitnessId && copy.HasWitness == value.HasWitness,
            "ids do not depend on how a transaction was made");
        Promise.Holds(value.TotalSize == input.Length && value.StrippedSize <= value.TotalSize, "sizes are lengths");
        Promise.Holds(
            value.Weight == 3 * value.StrippedSize + value.TotalSize && value.VirtualSize * 4L - value.Weight is >= 0 and < 4,
            "weight is three times the stripped size and the total size (BIP141)");
        var stripped = new ByteWriter();
        value.Write(stripped, withWitness: false);
        var reader = new ByteReader(stripped.ToArray());
        var bare = Bitcoin.Transaction.Read(ref reader, allowWitness: false);
        Promise.Holds(
            bare is not null && reader.Remaining == 0 && bare.Id == value.Id && !bare.HasWitness,
            "a transaction without its witness has the same id");
        Promise.Holds(
            value.Id.Value == Hash256.DoubleSha256(stripped.ToArray())
            && value.WitnessId.Value == Hash256.DoubleSha256(value.HasWitness ? input : stripped.ToArray()),
            "ids are double SHA-256 of the bytes");
        var kinds = 0;
        foreach (var output in value.Outputs)
        {
            kinds |= 1 << (int)output.ScriptPubKey.Kind;
        }

        return Shape.Of(
            100, Shape.Size(value.Inputs.Length), Shape.Size(value.Outputs.Length),
            System.Numerics.BitOperations.PopCount((uint)kinds), Shape.Bit(value.HasWitness), (int)TransactionChecks.Check(value),
            (int)RelayPolicy.Default.CheckShape(value), Shape.Size(SigOps.LegacyCount(value)));
    }

    private static ulong CheckBlock(byte[] input, Block value)
    {
        Promise.Same(input, value.ToArray(), "a block is written as it was read");
        Promise.Same(input.AsSpan(0, BlockHeader.Length), value.Header.ToArray(), "a block begins with its header");
        Hash256[] ids = [.. value.Transactions.Select(each => each.Id.Value)];
        var mutated = false;
        if (ids.Length > 0)
        {
            var root = MerkleTree.Root(ids, out mutated);
            Promise.Holds(
                MerkleTree.Branch(ids, ids.Length / 2).Fold(ids[ids.Length / 2]) == root, "a branch leads to the root");
        }

        return Shape.Of(
            100, Math.Min(MostFeatures, ids.Length), Shape.Bit(mutated),
            (int)BlockChecks.Check(value, Rules).Error,
            ids.Length == 0 ? 0 : (int)BlockChecks.CheckTransactions(value.Transactions, Rules, BlockHeader.Length).Error,
            ids.Length == 0 || !value.Transactions[0].IsCoinbase
                ? 0 : (int)BlockChecks.CheckWitnessCommitment(value.Transactions));
    }

    // Names the transactions that are there, so that the checks behind the merkle root are reached.
    private static byte[] RepairBlock(byte[] input)
    {
        if (!Bitcoin.Block.TryParse(input, out var block, out _) || block.Transactions.IsEmpty)
        {
            return input;
        }

        var root = MerkleTree.Root([.. block.Transactions.Select(each => each.Id.Value)]);
        return (block with { Header = block.Header with { MerkleRoot = root } }).ToArray();
    }

    private static ulong CheckHeader(byte[] input, BlockHeader value)
    {
        Promise.Same(input, value.ToArray(), "a header is written as it was read");
        var copy = new BlockHeader(
            value.Version, value.Previous, value.MerkleRoot, value.Time, value.Bits, value.Nonce);
        Promise.Holds(copy.Id == value.Id && value.Id.Value == Hash256.DoubleSha256(input), "an id is the bytes' hash");
        var valid = value.Bits.TryExpand(out var target);
        if (valid)
        {
            Promise.Holds(
                CompactTarget.FromTarget(target).TryExpand(out var again) && again == target,
                "a target that has a compact form has one that leads back to it");
        }

        return Shape.Of(
            100, Shape.Bit(valid), Shape.Bit(value.MeetsOwnTarget), Shape.Bit(value.Bits.Work().IsZero), target.BitLength);
    }
}
