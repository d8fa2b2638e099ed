using FsCheck;
using FsCheck.Fluent;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Bitcoin.Tests.Ledger;

public sealed class UndoTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Blocks_taken_back_in_any_number_leave_exactly_what_was(int seed)
    {
        var random = new Random(seed);
        var bench = new Bench();
        for (var step = 0; step < 60; step++)
        {
            if (random.Next(4) == 0)
            {
                for (var depth = random.Next(1, 8); depth > 0 && bench.Undos.Count > 0; depth--)
                {
                    bench.Disconnect();
                }
            }
            else
            {
                var coinbase = bench.Coinbase(more: [new TxOut(Amount.Zero, Bench.Owner(step))]);
                bench.Takes([coinbase, .. Spends(bench, random)]);
            }
        }

        while (bench.Undos.Count > 0)
        {
            bench.Disconnect();
        }

        Assert.Equal(0, bench.Coins.Count);
    }

    [Fact]
    public void Applying_a_valid_block_does_what_connecting_it_does()
    {
        var (left, right) = (new Bench(), new Bench());
        left.Give(1, 50);
        right.Give(1, 50);
        var spend = Bench.Spend(Bench.Point(1), 40);
        var chained = Bench.Spend(new OutPoint(spend.Id, 0), 30);
        var coinbase = left.Coinbase();
        left.Takes(coinbase, spend, chained);
        var undo = BlockConnector.Apply(right.Coins, [coinbase, spend, chained], right.Next);

        Assert.Equal(left.Coins.StateHash(), right.Coins.StateHash());
        Assert.Equal(left.Undos.Peek().Undo.ToArray(), undo.ToArray());
    }

    [Fact]
    public void Undo_data_read_are_those_written_and_of_another_block_they_are_a_mistake()
    {
        var bench = new Bench();
        bench.Give(1, 50);
        var spend = Bench.Spend(Bench.Point(1), 40);
        bench.Takes(bench.Coinbase(), spend);
        var undo = bench.Undos.Peek().Undo;

        Assert.True(BlockUndo.TryParse(undo.ToArray(), out var read));
        Assert.Equal(undo.Spent, read.Spent);
        Assert.False(BlockUndo.TryParse((byte[])[.. undo.ToArray(), 0], out _));
        Assert.Throws<InvalidOperationException>(() =>
            BlockConnector.Disconnect(bench.Coins, bench.Undos.Peek().Transactions, new BlockUndo([])));
    }

    [Fact]
    public void Arbitrary_bytes_never_crash_a_reader() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1_000),
        Prop.ForAll<byte[]>(bytes =>
        {
            BlockUndo.TryParse(bytes, out _);
            var reader = new ByteReader(bytes);
            Coin.Read(ref reader);
            return true;
        }));

    [Fact]
    public void An_overlay_shows_its_changes_and_leaves_what_is_under_it()
    {
        var bench = new Bench();
        var (first, second) = (bench.Give(1, 50), bench.Give(2, 60));
        var before = bench.Coins.StateHash();
        var overlay = new CoinOverlay(bench.Coins);
        var spend = Bench.Spend(first, 40);
        overlay.Apply(spend, bench.Next);

        Assert.False(overlay.TryGet(first, out _));
        Assert.True(overlay.TryGet(second, out _));
        Assert.True(overlay.TryGet(new OutPoint(spend.Id, 0), out var coin));
        Assert.Equal(bench.Next.Height, coin.Height);
        Assert.Throws<InvalidOperationException>(() => overlay.Remove(first));
        Assert.Throws<InvalidOperationException>(() => overlay.Add(second, coin));
        Assert.Equal(before, bench.Coins.StateHash());
        overlay.Flush(bench.Coins);
        Assert.False(bench.Coins.TryGet(first, out _));
        Assert.Equal(2, bench.Coins.Count);
        Assert.Throws<InvalidOperationException>(() => bench.Coins.Remove(first));
        Assert.Throws<InvalidOperationException>(() => bench.Coins.Add(second, coin));
    }

    [Fact]
    public void A_transaction_is_accepted_on_confirmed_and_unconfirmed_coins_by_the_rules_of_blocks()
    {
        var bench = new Bench();
        var overlay = new CoinOverlay(bench.Coins);
        var parent = Bench.Spend(bench.Give(1, 5_000), 4_000);
        var child = Bench.Spend(new OutPoint(parent.Id, 0), 3_000);

        Assert.Equal(LedgerError.InputsMissingOrSpent, Try(child).Error);
        Assert.True(TransactionAcceptance.Check(parent, overlay, bench.Next, bench.Rules, out var accepted).IsOk);
        Assert.Equal(1_000, accepted!.Fee.Sats);
        Assert.Equal(5_000, Assert.Single(accepted.Spent).Output.Value.Sats);
        overlay.Apply(parent, bench.Next);
        Assert.True(Try(child).IsOk);
        Assert.Equal(LedgerError.DuplicateTransaction, Try(parent).Error);
        Assert.Equal(LedgerError.InputsMissingOrSpent, Try(Bench.Spend(Bench.Point(1), 1)).Error);
        Assert.Equal(LedgerError.CoinbaseMultiple, Try(bench.Coinbase()).Error);
        Assert.Equal(LedgerError.NoOutputs, Try(Bench.Make([Bench.Point(1)], [])).Error);
        Assert.Equal(LedgerError.NotFinal, Try(Bench.Spend(bench.Give(2, 9), 1, null, 500, 0)).Error);
        Assert.Equal(LedgerError.SequenceLock, Try(Bench.Spend(new OutPoint(parent.Id, 0), 1, null, 0, 1)).Error);
        Assert.Equal(
            LedgerError.ImmatureCoinbase, Try(Bench.Spend(bench.Give(3, 9, coinbase: true), 1)).Error);
        bench.Rules = bench.Rules with { MaxWeight = 400 };
        Assert.Equal(LedgerError.BlockWeight, Try(Bench.Spend(Bench.Point(2), 1)).Error);

        LedgerFailure Try(Transaction transaction) =>
            TransactionAcceptance.Check(transaction, overlay, bench.Next, bench.Rules, out _);
    }

    private static List<Transaction> Spends(Bench bench, Random random)
    {
        var coins = bench.Coins.Coins
            .Where(pair => !pair.Value.IsCoinbase || bench.Next.Height - pair.Value.Height >= Bench.Maturity)
            .OrderBy(pair => pair.Key)
            .ToList();
        var transactions = new List<Transaction>();
        for (var i = random.Next(4); i > 0 && coins.Count > 0; i--)
        {
            var (point, coin) = coins[random.Next(coins.Count)];
            coins.RemoveAll(pair => pair.Key == point);
            var half = coin.Output.Value.Sats / 2;
            TxOut[] outputs =
                [new TxOut(new Amount(half), Bench.Owner(random.Next(9))), new TxOut(new Amount(half), Bench.Owner(3))];
            var spend = Bench.Make([point], outputs);
            transactions.Add(spend);
            if (random.Next(2) == 0)
            {
                transactions.Add(Bench.Spend(new OutPoint(spend.Id, 1), half));
            }
        }

        return transactions;
    }
}
