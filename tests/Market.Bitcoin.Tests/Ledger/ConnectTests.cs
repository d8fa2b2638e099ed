using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Bitcoin.Tests.Ledger;

public sealed class ConnectTests
{
    private readonly Bench _bench = new();

    [Fact]
    public void A_block_of_a_coinbase_alone_is_taken() => _bench.Takes(_bench.Coinbase());

    [Fact]
    public void Refuses_a_block_without_coinbase()
    {
        _bench.Refuses(LedgerError.CoinbaseMissing, 0);
        _bench.Refuses(LedgerError.CoinbaseMissing, 0, Bench.Spend(_bench.Give(1, 50), 50));
    }

    [Fact]
    public void Refuses_a_second_coinbase() =>
        _bench.Refuses(LedgerError.CoinbaseMultiple, 1, _bench.Coinbase(), _bench.Coinbase(0));

    [Fact]
    public void Refuses_transactions_that_are_malformed_by_themselves()
    {
        var coin = _bench.Give(1, 50);
        var good = new TxOut(new Amount(1), Bench.Owner(1));
        Malformed(LedgerError.NoInputs, Bench.Make([], [good]));
        Malformed(LedgerError.NoOutputs, Bench.Make([coin], []));
        Malformed(LedgerError.NegativeOutput, Bench.Spend(coin, -1));
        Malformed(LedgerError.OutputTooLarge, Bench.Spend(coin, Amount.MaxMoney + 1));
        Malformed(
            LedgerError.OutputSumTooLarge,
            Bench.Make([coin], [good with { Value = new Amount(Amount.MaxMoney) }, good]));
        Malformed(LedgerError.DuplicateInputs, Bench.Make([coin, coin], [good]));
        Malformed(LedgerError.NullInput, Bench.Make([coin, OutPoint.Null], [good]));
        Malformed(LedgerError.TransactionTooLarge, Bench.Spend(coin, 1, Bench.Bytes(new byte[1_000_000])));

        void Malformed(LedgerError error, Transaction transaction)
        {
            Assert.Equal(error, TransactionChecks.Check(transaction));
            _bench.Refuses(error, 1, _bench.Coinbase(), transaction);
        }
    }

    [Theory]
    [InlineData(1, LedgerError.CoinbaseScriptLength)]
    [InlineData(2, LedgerError.None)]
    [InlineData(100, LedgerError.None)]
    [InlineData(101, LedgerError.CoinbaseScriptLength)]
    public void A_coinbase_script_has_2_to_100_bytes(int length, LedgerError expected) => Assert.Equal(
        expected, TransactionChecks.Check(_bench.Coinbase(script: Bench.Bytes(new byte[length]))));

    [Theory]
    [InlineData(0, "00")]
    [InlineData(1, "51")]
    [InlineData(16, "60")]
    [InlineData(17, "0111")]
    [InlineData(127, "017f")]
    [InlineData(128, "028000")]
    [InlineData(32_767, "02ff7f")]
    [InlineData(32_768, "03008000")]
    [InlineData(840_000, "0340d10c")]
    public void A_height_is_pushed_as_BIP34_writes_it_and_read_again(int height, string hex)
    {
        Assert.Equal(hex, Convert.ToHexStringLower(CoinbaseHeight.Push(height)));
        Assert.Equal(height, CoinbaseHeight.Read(Script.FromHex(hex + "04abcd")));
    }

    // Nothing; a number that has a shorter form; a negative one; one that is cut off; one of five bytes; a longer text.
    [Theory]
    [InlineData("")]
    [InlineData("0101")]
    [InlineData("02ff80")]
    [InlineData("0340d1")]
    [InlineData("050000000001")]
    [InlineData("ffff")]
    public void What_is_no_height_is_read_as_none(string hex) => Assert.Null(CoinbaseHeight.Read(Script.FromHex(hex)));

    [Fact]
    public void Refuses_a_coinbase_of_another_height() => _bench.Refuses(
        LedgerError.CoinbaseHeight, 0, _bench.Coinbase(script: Bench.Bytes([1, 102, 0])));

    [Fact]
    public void Refuses_too_much_weight()
    {
        var coin = _bench.Give(1, 50);
        var coinbase = _bench.Coinbase();
        var spend = Bench.Spend(coin, 50);
        _bench.Rules = _bench.Rules with { MaxWeight = 81 * 4 + coinbase.Weight + spend.Weight - 1 };
        _bench.Refuses(LedgerError.BlockWeight, 1, coinbase, spend);
        _bench.Rules = _bench.Rules with { MaxWeight = 81 * 4 + coinbase.Weight + spend.Weight };
        _bench.Takes(coinbase, spend);
    }

    [Fact]
    public void Refuses_too_many_signature_operations()
    {
        var coin = _bench.Give(1, 50);
        var spend = Bench.Spend(coin, 50, Bench.Bytes([0xac, 0xac]));
        _bench.Rules = _bench.Rules with { MaxSigOpCost = 11 };
        _bench.Refuses(LedgerError.SigOps, 1, _bench.Coinbase(to: Bench.Bytes([0xac])), spend);
        _bench.Refuses(LedgerError.SigOps, 0, _bench.Coinbase(to: Bench.Bytes([0xac, 0xac, 0xac])));
        _bench.Rules = _bench.Rules with { MaxSigOpCost = 12 };
        _bench.Takes(_bench.Coinbase(to: Bench.Bytes([0xac])), spend);
    }

    [Fact]
    public void Refuses_a_lock_time_not_reached()
    {
        var coin = _bench.Give(1, 50);
        var height = (uint)_bench.Next.Height;
        var time = _bench.Next.PreviousMedianTime;
        _bench.Refuses(LedgerError.NotFinal, 1, _bench.Coinbase(), Bench.Spend(coin, 50, null, height, 0));
        _bench.Refuses(LedgerError.NotFinal, 1, _bench.Coinbase(), Bench.Spend(coin, 50, null, time, 0));
        _bench.Takes(_bench.Coinbase(), Bench.Spend(coin, 50, null, time - 1, 0));
        _bench.Takes(_bench.Coinbase(), Bench.Spend(_bench.Give(2, 50), 50, null, height, 0));
        _bench.Takes(_bench.Coinbase(), Bench.Spend(_bench.Give(3, 50), 50, null, uint.MaxValue));
    }

    [Theory]
    [InlineData(2, 3u, false)]
    [InlineData(2, 2u, true)]
    [InlineData(1, 3u, true)]
    [InlineData(-1, 3u, false)]
    [InlineData(2, 3u | 1u << 31, true)]
    [InlineData(2, 1u << 22 | 3, false)]
    [InlineData(2, 1u << 22 | 2, true)]
    public void Relative_locks_count_from_the_coin(int version, uint sequence, bool past)
    {
        // Two blocks of 600 seconds: two by height, 1,200 seconds by time, which are two units of 512 and not three.
        var coin = _bench.Give(1, 50, height: _bench.Next.Height - 2);
        var spend = Bench.Make([coin], [new TxOut(new Amount(50), Bench.Owner(1))], 0, sequence, version);
        if (past)
        {
            _bench.Takes(_bench.Coinbase(), spend);
        }
        else
        {
            _bench.Refuses(LedgerError.SequenceLock, 1, _bench.Coinbase(), spend);
        }
    }

    [Fact]
    public void Refuses_a_coinbase_spent_too_early()
    {
        _bench.Takes(_bench.Coinbase());
        var coin = _bench.Coins.Coins.Single().Key;
        for (var i = 1; i < Bench.Maturity; i++)
        {
            _bench.Refuses(LedgerError.ImmatureCoinbase, 1, _bench.Coinbase(), Bench.Spend(coin, 1));
            _bench.Takes(_bench.Coinbase());
        }

        _bench.Takes(_bench.Coinbase(), Bench.Spend(coin, 1));
    }

    [Fact]
    public void Refuses_inputs_that_are_missing_or_spent()
    {
        var coin = _bench.Give(1, 50);
        _bench.Refuses(LedgerError.InputsMissingOrSpent, 1, _bench.Coinbase(), Bench.Spend(Bench.Point(2), 1));
        _bench.Refuses(
            LedgerError.InputsMissingOrSpent, 2, _bench.Coinbase(), Bench.Spend(coin, 1), Bench.Spend(coin, 2));
        _bench.Takes(_bench.Coinbase(), Bench.Spend(coin, 50));
        _bench.Refuses(LedgerError.InputsMissingOrSpent, 1, _bench.Coinbase(), Bench.Spend(coin, 1));
    }

    [Fact]
    public void Refuses_value_out_of_nothing()
    {
        var coin = _bench.Give(1, 50);
        _bench.Refuses(LedgerError.InputsBelowOutputs, 1, _bench.Coinbase(), Bench.Spend(coin, 51));
        var huge = Bench.Make(
            [_bench.Give(2, Amount.MaxMoney), coin], [new TxOut(new Amount(1), Bench.Owner(1))]);
        _bench.Refuses(LedgerError.InputSumOutOfRange, 1, _bench.Coinbase(), huge);
        _bench.Refuses(
            LedgerError.FeeOutOfRange,
            2,
            _bench.Coinbase(),
            Bench.Spend(Bench.Point(2), 0),
            Bench.Spend(_bench.Give(3, 60), 0));
    }

    [Theory]
    [InlineData(false, 1, LedgerError.CoinbaseAmount)]
    [InlineData(false, -1, LedgerError.None)]
    [InlineData(true, 1, LedgerError.CoinbaseAmount)]
    [InlineData(true, -1, LedgerError.CoinbaseAmountBelow)]
    [InlineData(true, 0, LedgerError.None)]
    public void A_coinbase_pays_subsidy_and_fees(bool exact, int off, LedgerError expected)
    {
        var bench = new Bench(exact);
        var spend = Bench.Spend(bench.Give(1, 50), 43);
        Assert.Equal(expected, bench.Connect(bench.Coinbase(50 * Amount.Coin + 7 + off), spend).Error);
    }

    [Fact]
    public void Refuses_a_script_that_fails_and_names_the_input()
    {
        var spend = Bench.Make(
            [_bench.Give(1, 50), _bench.Give(2, 50, Bench.Bytes([0]))], [new TxOut(new Amount(1), Bench.Owner(1))]);
        var failure = _bench.Connect(_bench.Coinbase(), spend);
        Assert.Equal(new LedgerFailure(LedgerError.Script, 1, 1, "EVAL_FALSE"), failure);
        Assert.Equal("mandatory-script-verify-flag-failed (transaction 1, input 1: EVAL_FALSE)", failure.ToString());
    }

    [Fact]
    public void Refuses_a_transaction_whose_id_has_unspent_outputs()
    {
        var coinbase = _bench.Coinbase();
        _bench.Coins.Add(new OutPoint(coinbase.Id, 0), new Coin(coinbase.Outputs[0], 1, true, 0));
        _bench.Refuses(LedgerError.DuplicateTransaction, 0, coinbase);
    }

    [Fact]
    public void Outputs_that_nobody_can_spend_never_become_coins()
    {
        _bench.Takes(_bench.Coinbase(more:
            [new TxOut(Amount.Zero, Bench.Bytes([0x6a])), new TxOut(Amount.Zero, Bench.Bytes(new byte[10_001]))]));
        Assert.Single(_bench.Coins.Coins);
    }

    [Fact]
    public void A_witness_needs_its_commitment_and_a_commitment_must_be_right()
    {
        var script = Bench.Bytes([0x51]);
        var coin = _bench.Give(1, 50, Script.P2wsh(script));
        var spend = new Transaction(
            2,
            [new TxIn(coin, Script.Empty, TxIn.FinalSequence, new Witness(script.ToArray()))],
            [new TxOut(new Amount(50), Bench.Owner(1))],
            0);
        _bench.Refuses(LedgerError.UnexpectedWitness, 0, _bench.Coinbase(), spend);

        var commitment = BlockChecks.WitnessCommitment([_bench.Coinbase(), spend], Hash256.Zero);
        TxOut[] output = [new TxOut(Amount.Zero, BlockChecks.WitnessCommitmentScript(commitment))];
        _bench.Refuses(LedgerError.WitnessNonceSize, 0, _bench.Coinbase(more: output), spend);
        _bench.Refuses(
            LedgerError.WitnessNonceSize, 0, _bench.Coinbase(more: output, witness: new Witness(new byte[31])), spend);
        _bench.Refuses(
            LedgerError.WitnessCommitment,
            0,
            _bench.Coinbase(more: output, witness: new Witness(Enumerable.Repeat((byte)1, 32).ToArray())),
            spend);
        _bench.Takes(_bench.Coinbase(more: output, witness: new Witness(new byte[32])), spend);
    }

    [Fact]
    public void A_block_checked_alone_needs_its_merkle_root()
    {
        var first = _bench.Coinbase();
        var (second, third) = (Bench.Spend(Bench.Point(1), 1), Bench.Spend(Bench.Point(2), 1));
        var root = LedgerMerkle.Root([first, second, third], out var mutated);
        var header = new BlockHeader(4, default, root, 0, default, 0);

        Assert.False(mutated);
        Assert.True(BlockChecks.Check(new Block(header, [first, second, third]), _bench.Rules).IsOk);
        Assert.Equal(
            LedgerError.MerkleMutated,
            BlockChecks.Check(new Block(header, [first, second, third, third]), _bench.Rules).Error);
        Assert.Equal(
            LedgerError.MerkleRoot, BlockChecks.Check(new Block(header, [first, third, second]), _bench.Rules).Error);
        Assert.Equal(
            LedgerError.CoinbaseMissing, BlockChecks.Check(new Block(header, []), _bench.Rules).Error);
        Assert.Equal(
            root,
            LedgerMerkle.FoldFirst(first.Id.Value, LedgerMerkle.CoinbaseBranch([first, second, third]).AsSpan()));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(600)]
    public void An_input_named_twice_is_found_among_any_number(int count)
    {
        OutPoint[] points = [.. Enumerable.Range(0, count).Select(i => new OutPoint(Bench.Point(1).TxId, (uint)i))];
        TxOut[] to = [new TxOut(new Amount(1), Bench.Owner(1))];

        Assert.Equal(LedgerError.None, TransactionChecks.Check(Bench.Make(points, to)));
        points[^1] = points[0];
        Assert.Equal(LedgerError.DuplicateInputs, TransactionChecks.Check(Bench.Make(points, to)));
        points[^1] = new OutPoint(Bench.Point(2).TxId, points[0].Index);
        Assert.Equal(LedgerError.None, TransactionChecks.Check(Bench.Make(points, to)));
    }

    [Fact]
    public void A_block_checked_alone_has_its_visible_signature_operations_counted()
    {
        ImmutableArray<Transaction> all = [_bench.Coinbase(to: Bench.Bytes([0xac, 0xac, 0xac]))];
        var block = new Block(new BlockHeader(4, default, LedgerMerkle.Root(all, out _), 0, default, 0), all);

        Assert.True(BlockChecks.Check(block, _bench.Rules with { MaxSigOpCost = 12 }).IsOk);
        Assert.Equal(LedgerError.SigOps, BlockChecks.Check(block, _bench.Rules with { MaxSigOpCost = 11 }).Error);
    }

    [Fact]
    public void Every_error_has_its_own_text()
    {
        var errors = Enum.GetValues<LedgerError>();
        Assert.Equal(errors.Length, errors.Select(error => error.Code()).Distinct().Count());
        Assert.DoesNotContain("unknown", errors.Select(error => error.Code()));
    }
}
