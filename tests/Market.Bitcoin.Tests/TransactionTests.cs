using System.Collections.Immutable;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;
using Market.Bitcoin.Wallet;

namespace Market.Bitcoin.Tests;

public sealed class TransactionTests
{
    private static readonly PrecomputedTransaction Unsigned =
        Spender.Spend(Script.P2wpkh(Spender.Key(1).PublicKey), 7);

    private static readonly Transaction Signed = TransactionSigner.Sign(
        Unsigned.Transaction, Unsigned.SpentOutputs, _ => Spender.Key(1));

    [Fact]
    public void A_transaction_that_was_read_is_the_same_as_one_that_was_made()
    {
        var read = Transaction.Parse(Signed.ToArray());

        Assert.True(read.HasWitness);
        Assert.Equal(Signed.ToHex(), read.ToHex());
        Assert.Equal(Unsigned.Transaction.Id, read.Id);
        Assert.Equal(Signed.Id, read.Id);
        Assert.Equal(Signed.WitnessId, read.WitnessId);
        Assert.Equal(Hash256.DoubleSha256(Signed.ToArray()), read.WitnessId.Value);
        Assert.Equal(Hash256.DoubleSha256(Unsigned.Transaction.ToArray()), read.Id.Value);
        Assert.Equal(Unsigned.Transaction.ToArray().Length, read.StrippedSize);
        Assert.Equal(Signed.StrippedSize, read.StrippedSize);
        Assert.Equal(read.StrippedSize * 3 + read.TotalSize, read.Weight);
        foreach (var each in new[] { read, Signed })
        {
            var writer = new ByteWriter();
            each.Write(writer, withWitness: false);
            Assert.Equal(Unsigned.Transaction.ToHex(), Hex.Encode(writer.Written));
        }
    }

    [Fact]
    public void A_blocks_ids_are_those_of_its_transactions_alone()
    {
        var read = Block.Parse(Mixed().ToArray());

        Assert.Equal(Mixed().Transactions.Select(each => each.Id), read.Transactions.Select(each => each.Id));
        Assert.All(read.Transactions, each =>
        {
            var alone = Transaction.Parse(each.ToArray());
            Assert.Equal(alone.Id, each.Id);
            Assert.Equal(alone.WitnessId, each.WitnessId);
            Assert.Equal(alone.ToHex(), each.ToHex());
        });
        Assert.Equal(Mixed().ToArray(), read.ToArray());
    }

    [Fact]
    public void A_block_cut_short_anywhere_or_too_long_is_refused()
    {
        var bytes = Mixed().ToArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(Block.TryParse(bytes.AsMemory(0, length), out _, out var error));
            Assert.True(error is ParseError.UnexpectedEnd or ParseError.TooLarge);
        }

        Assert.False(Block.TryParse((byte[])[.. bytes, 0], out _, out var trailing));
        Assert.Equal(ParseError.TrailingBytes, trailing);
    }

    [Fact]
    public void Scripts_and_witnesses_that_were_read_are_slices_of_the_bytes()
    {
        var bytes = Signed.ToArray();
        var read = Transaction.Parse(bytes);

        Assert.True(bytes.AsSpan().Overlaps(read.Outputs[0].ScriptPubKey.Span));
        Assert.True(bytes.AsSpan().Overlaps(read.Inputs[0].Witness.Items[1].Span));
    }

    [Fact]
    public void A_count_that_cannot_be_true_takes_no_memory()
    {
        // Version, then 2^32 - 1 inputs.
        byte[] bytes = [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, .. new byte[100]];
        Transaction.TryParse(bytes, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(Transaction.TryParse(bytes, out _, out var error));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
        Assert.Equal(ParseError.TooLarge, error);
    }

    [Fact]
    public void A_real_block_reads_checks_and_writes_the_same_in_less_than_two_megabytes()
    {
        var bytes = File.ReadAllBytes(Testing.Vectors.Require("core/block413567.raw"));
        var rules = LedgerRules.Bitcoin(InterpreterRules.Consensus);
        Assert.True(BlockChecks.Check(Block.Parse(bytes), rules).IsOk);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var block = Block.Parse(bytes);
        var failure = BlockChecks.Check(block, rules);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(failure.IsOk);
        Assert.InRange(allocated, 1, 2_000_000);
        Assert.Equal(1557, block.Transactions.Length);
        Assert.True(block.Header.MeetsOwnTarget);
        Assert.All(block.Transactions, each => Assert.Equal(Hash256.DoubleSha256(each.ToArray()), each.Id.Value));
        Assert.Equal(bytes, block.ToArray());
        Assert.True(WitnessCommitment.IsValid(block.Transactions.AsSpan()));
    }

    [Theory]
    [InlineData("fdfc00", ParseError.NonCanonicalSize, 0)]
    [InlineData("fdfd00", ParseError.None, 0xfd)]
    [InlineData("feffff0000", ParseError.NonCanonicalSize, 0)]
    [InlineData("fe00000100", ParseError.None, 0x10000)]
    [InlineData("ffffffffff00000000", ParseError.NonCanonicalSize, 0)]
    [InlineData("ff0000000001000000", ParseError.None, 0x1_0000_0000)]
    [InlineData("fc", ParseError.None, 0xfc)]
    [InlineData("fd00", ParseError.UnexpectedEnd, 0)]
    [InlineData("", ParseError.UnexpectedEnd, 0)]
    public void A_size_is_read_in_its_shortest_form_only(string hex, ParseError error, long value)
    {
        var reader = new ByteReader(Convert.FromHexString(hex));
        Assert.Equal((ulong)value, reader.ReadCompactSize());
        Assert.Equal(error, reader.Error);
    }

    private static Block Mixed()
    {
        var header = new BlockHeader(1, default, default, 2, new CompactTarget(3), 4);
        ImmutableArray<Transaction> all = [.. Enumerable.Repeat(Signed, 9), Unsigned.Transaction, Signed];
        return new Block(header, all);
    }
}
