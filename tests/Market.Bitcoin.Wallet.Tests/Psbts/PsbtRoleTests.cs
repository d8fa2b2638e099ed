using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet.Tests.Psbts;

/// <summary>What BIP174, BIP370 and BIP371 ask of signers, combiners and finalizers beside Core's vectors.</summary>
public sealed class PsbtRoleTests
{
    private static readonly Script Own = Script.P2wpkh(Spender.Key(1).PublicKey);

    [Theory]
    [InlineData(SighashType.None, SighashType.All, PsbtError.WrongSighash)]
    [InlineData(SighashType.None, SighashType.None, PsbtError.None)]
    [InlineData(SighashType.All, SighashType.Default, PsbtError.None)]
    [InlineData(SighashType.Single | SighashType.AnyoneCanPay, SighashType.Single, PsbtError.WrongSighash)]
    public void A_finalizer_refuses_ECDSA_signatures_of_another_type_than_asked(
        SighashType signed, SighashType asked, PsbtError expected)
    {
        var psbt = Updated(Own, Psbt.Create);
        Ask(psbt, signed);
        Assert.Equal(1, psbt.Sign(Spender.Key(1), allowAnySighash: true));
        Ask(psbt, asked);

        Assert.Equal(expected, psbt.FinalizeAll());
        Assert.Equal(expected == PsbtError.None, psbt.TryExtract(out _, out _));
    }

    [Theory]
    [InlineData(SighashType.Default, SighashType.All, PsbtError.WrongSighash)]
    [InlineData(SighashType.All, SighashType.Default, PsbtError.WrongSighash)]
    [InlineData(SighashType.Default, SighashType.Default, PsbtError.None)]
    [InlineData(SighashType.None, SighashType.None, PsbtError.None)]
    public void A_finalizer_refuses_Schnorr_signatures_of_another_type_than_asked(
        SighashType signed, SighashType asked, PsbtError expected)
    {
        using var output = Taproot.OutputPrivateKey(Spender.Key(1), null);
        var psbt = Updated(Script.P2tr(output.PublicKey.XOnly), Psbt.Create);
        Ask(psbt, signed);
        Assert.Equal(1, psbt.Sign(Spender.Key(1), allowAnySighash: true));
        Ask(psbt, asked);

        Assert.Equal(expected, psbt.FinalizeAll());
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(0x80u)]
    [InlineData(0x101u)]
    public void A_signer_knows_no_other_hash_types(uint type)
    {
        var psbt = Updated(Own, Psbt.Create);
        psbt.Inputs[0].Set(PsbtInputType.SighashType, BitConverter.GetBytes(type));

        Assert.Equal(0, psbt.Sign(Spender.Key(1), allowAnySighash: true));
    }

    [Theory]
    [InlineData(SighashType.All, 3, 0)]
    [InlineData(SighashType.All | SighashType.AnyoneCanPay, 3, 1)]
    [InlineData(SighashType.None, 3, 2)]
    [InlineData(SighashType.None | SighashType.AnyoneCanPay, 3, 3)]
    [InlineData(SighashType.Single, 3, 4)]
    [InlineData(SighashType.Single | SighashType.AnyoneCanPay, 2, 4)]
    [InlineData(SighashType.All, 7, 4)]
    public void A_signature_says_what_may_no_longer_change(SighashType type, byte before, byte after)
    {
        var psbt = Updated(Own, Psbt.CreateVersion2);
        psbt.Global.Set(PsbtGlobalType.Modifiable, new[] { before });
        Ask(psbt, type);
        var unsigned = psbt.Clone();
        Assert.Equal(1, psbt.Sign(Spender.Key(1), allowAnySighash: true));
        Assert.Equal(after, psbt.Global[PsbtGlobalType.Modifiable]!.Value.Span[0]);

        // A copy that does not know of the signature yet takes the restriction over with it.
        Assert.Equal(PsbtError.None, unsigned.Merge(psbt));
        Assert.Equal(after, unsigned.Global[PsbtGlobalType.Modifiable]!.Value.Span[0]);
    }

    [Fact]
    public void A_single_signature_is_noted_where_nothing_was_said_and_others_are_not()
    {
        var all = Updated(Own, Psbt.CreateVersion2);
        all.Sign(Spender.Key(1));
        Assert.False(all.Global.Has(PsbtGlobalType.Modifiable));

        var single = Updated(Own, Psbt.CreateVersion2);
        Ask(single, SighashType.Single);
        single.Sign(Spender.Key(1), allowAnySighash: true);
        Assert.Equal(4, single.Global[PsbtGlobalType.Modifiable]!.Value.Span[0]);

        var version0 = Updated(Own, Psbt.Create);
        Ask(version0, SighashType.Single);
        version0.Sign(Spender.Key(1), allowAnySighash: true);
        Assert.True(Psbt.TryParse(version0.ToArray(), out _, out _));
    }

    [Fact]
    public void Version_2_is_of_the_same_transaction_whatever_its_sequences()
    {
        var one = Updated(Own, Psbt.CreateVersion2);
        var other = one.Clone();
        other.Inputs[0].Set(PsbtInputType.Sequence, BitConverter.GetBytes(7u));
        other.Sign(Spender.Key(1));

        Assert.Equal(PsbtError.None, one.Merge(other));
        Assert.Single(one.Inputs[0].Of(PsbtInputType.PartialSignature));
        other.Outputs[0].Set(PsbtOutputType.Amount, BitConverter.GetBytes(1L));
        Assert.Equal(PsbtError.DifferentTransactions, one.Merge(other));
    }

    [Fact]
    public void What_this_one_knows_stays_in_a_merge()
    {
        var one = Updated(Own, Psbt.Create);
        var other = one.Clone();
        one.Inputs[0].Set(0xe0, new byte[] { 1 }, new byte[] { 1 });
        other.Inputs[0].Set(0xe0, new byte[] { 1 }, new byte[] { 2 });
        other.Inputs[0].Set(0xe0, new byte[] { 2 }, new byte[] { 3 });
        other.Inputs[0].Set(PsbtInputType.SighashType, new byte[] { 1, 0, 0, 0 });
        Assert.Equal(PsbtError.None, one.Merge(other));

        Assert.Equal([1], one.Inputs[0].Find(0xe0, [1])!.Value.ToArray());
        Assert.Equal([3], one.Inputs[0].Find(0xe0, [2])!.Value.ToArray());
        Assert.Equal(
            [PsbtInputType.SpentOutput, PsbtInputType.SighashType, 0xe0ul, 0xe0ul],
            one.Inputs[0].Fields.Select(field => field.Type));
    }

    [Fact]
    public void Maps_of_very_many_fields_are_merged_and_compared_in_one_pass()
    {
        var psbts = new[] { 1, 2 }.Select(part =>
        {
            var writer = new ByteWriter().Bytes("psbt"u8).Byte(0xff).VarBytes([0]).VarBytes(Bare().ToArray());
            for (var i = 0; i < 100_000; i++)
            {
                writer.VarBytes([0xe0, (byte)part, (byte)i, (byte)(i >> 8), (byte)(i >> 16)]).VarBytes([]);
            }

            Assert.True(Psbt.TryParse(writer.Byte(0).Byte(0).Byte(0).ToArray(), out var psbt, out _));
            return psbt;
        }).ToList();

        Assert.Equal(PsbtError.None, psbts[0].Merge(psbts[1]));
        Assert.Equal(200_001, psbts[0].Global.Fields.Count);
        Assert.True(psbts[0].Global.HasSameFields(psbts[0].Clone().Global));
        Assert.False(psbts[0].Global.HasSameFields(psbts[1].Global));
    }

    [Fact]
    public void Finishing_an_input_costs_the_same_however_many_there_are()
    {
        Assert.InRange(BytesForEach(320), 1, 2 * BytesForEach(40));

        static long BytesForEach(int count)
        {
            var previous = Enumerable.Range(0, count).Select(i => new Transaction(
                2,
                [new TxIn(new OutPoint(default, (uint)i), Script.Empty, 0)],
                [new TxOut(new Amount(1000), Own)],
                0)).ToList();
            var unsigned = new Transaction(
                2,
                [.. previous.Select(transaction => new TxIn(new OutPoint(transaction.Id, 0), Script.Empty, 0))],
                [new TxOut(new Amount(900), Own)],
                0);
            var psbt = Psbt.Create(unsigned);
            for (var i = 0; i < count; i++)
            {
                psbt.Inputs[i].Set(PsbtInputType.PreviousTransaction, previous[i].ToArray());
            }

            Assert.Equal(count, psbt.Sign(Spender.Key(1)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(PsbtError.None, psbt.FinalizeAll());
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(psbt.TryExtract(out _, out _));
            return bytes / count;
        }
    }

    [Fact]
    public void A_previous_transaction_put_in_later_must_be_the_one_that_is_spent()
    {
        var psbt = Psbt.Create(Bare());
        psbt.Inputs[0].Set(PsbtInputType.PreviousTransaction, new Transaction(
            2, [new TxIn(OutPoint.Null, Script.Empty, 0)], [default, new TxOut(new Amount(9), Own)], 0).ToArray());
        Assert.False(psbt.TryGetSpentOutput(0, out _));
        Assert.Equal(0, psbt.Sign(Spender.Key(1)));
        Assert.Equal(PsbtError.UnknownSpentOutput, psbt.FinalizeInput(0));

        psbt.Inputs[0].Set(PsbtInputType.PreviousTransaction, new byte[] { 1, 2, 3 });
        Assert.False(psbt.TryGetSpentOutput(0, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => psbt.FinalizeInput(1));
    }

    [Fact]
    public void A_tree_of_very_many_leaves_is_read_without_room_for_each_ones_path()
    {
        // One hundred lonely leaves on the way down, then 2^15 leaves side by side: 3 bytes each, and a path of 4 KB.
        var tree = new ByteWriter();
        for (byte depth = 1; depth <= 100; depth++)
        {
            tree.Byte(depth).Byte(Taproot.TapscriptLeafVersion).Byte(0);
        }

        for (var i = 0; i < 1 << 15; i++)
        {
            tree.Byte(115).Byte(Taproot.TapscriptLeafVersion).Byte(0);
        }

        var psbt = Psbt.Create(Bare());
        psbt.Outputs[0].Set(PsbtOutputType.TapTree, tree.ToArray());
        var bytes = psbt.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(Psbt.TryParse(bytes, out _, out var error), error.ToString());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 20 * bytes.Length);
        Assert.False(PsbtTapTree.TryRead(tree.ToArray(), out _));

        psbt.Outputs[0].Set(PsbtOutputType.TapTree, tree.Byte(115).Byte(Taproot.TapscriptLeafVersion).Byte(0).ToArray());
        Assert.False(Psbt.TryParse(psbt.ToArray(), out _, out error));
        Assert.Equal(PsbtError.InvalidValue, error);
    }

    private static Transaction Bare() => Spender.Spend(Own).Transaction;

    private static Psbt Updated(Script spent, Func<Transaction, Psbt> create)
    {
        var spend = Spender.Spend(spent);
        var psbt = create(spend.Transaction);
        psbt.Inputs[0].Set(
            PsbtInputType.SpentOutput,
            new ByteWriter().Int64(spend.SpentOutputs[0].Value.Sats).VarBytes(spent.Span).ToArray());
        return psbt;
    }

    private static void Ask(Psbt psbt, SighashType type) =>
        psbt.Inputs[0].Set(PsbtInputType.SighashType, BitConverter.GetBytes((uint)type));
}
