using Market.Bitcoin.Watching;

namespace Market.Bitcoin.Tests.Watching;

/// <summary>What is watched, what was seen of it: recorded, undone, bounded.</summary>
public sealed class WatchBookTests
{
    private static readonly OutPoint Coin = new(new TxId(Id(1)), 0);

    [Fact]
    public void A_spend_in_a_block_stands_against_one_heard_of_late()
    {
        var book = new WatchBook();
        book.Add(Coin, 0);
        var (late, mined) = (Pay([Coin], [(9, 700)]), Pay([Coin], [(9, 600)]));
        List<WatchEvent> events = [];

        book.Advance(Block(1), [mined], events);
        book.Look([late], events);
        book.Sweep(new HashSet<TxId>(), events);
        Assert.Equal(new WatchEvent.Spent(Coin, mined, 0, Block(1)), Assert.Single(events));

        // Once its block has left the chain it is the other's turn.
        book.Rewind(0);
        book.Look([late], events);
        Assert.Equal([new WatchEvent.SpendGone(Coin, mined.Id), new WatchEvent.Spent(Coin, late, 0, null)], events[1..]);
    }

    [Fact]
    public void What_its_block_let_go_is_told_anew_where_it_waits_and_gone_where_it_does_not()
    {
        var book = new WatchBook();
        book.Add(Owner(1), 0);
        var (stays, goes) = (Pay([Coin], [(1, 700)]), Pay([new OutPoint(new TxId(Id(2)), 0)], [(1, 800)]));
        List<WatchEvent> events = [];
        book.Advance(Block(1), [stays, goes], events);
        var before = book.Snapshot();

        book.Rewind(0);
        book.Look([stays], events);
        book.Sweep(new HashSet<TxId> { stays.Id }, events);
        Assert.Equal(
            [
                new WatchEvent.Funded(Owner(1), new OutPoint(stays.Id, 0), new Amount(700), null, stays),
                new WatchEvent.FundingGone(Owner(1), new OutPoint(goes.Id, 0)),
            ],
            events[2..]);
        Assert.Equal((stays, null), Only(book.PaymentsTo(Owner(1))));
        Assert.Equal([1, 1], before.PaymentsTo(Owner(1)).Select(payment => payment.Height));
        Assert.Equal((Block(1), null), (before.At, book.Cursor));
    }

    [Fact]
    public void Of_two_that_nobody_has_judged_the_last_heard_of_spends_the_output_and_is_told_of_once()
    {
        var book = new WatchBook();
        book.Add(Coin, 0);
        var (first, second) = (Pay([Coin], [(9, 700)]), Pay([Coin], [(9, 600)]));
        List<WatchEvent> events = [];
        for (var look = 0; look < 3; look++)
        {
            book.Look([first, second], events);
            book.Sweep(new HashSet<TxId> { first.Id, second.Id }, events);
        }

        Assert.Equal(new WatchEvent.Spent(Coin, second, 0, null), Assert.Single(events));
    }

    [Fact]
    public void A_flood_of_small_payments_pushes_out_none_that_counts()
    {
        var book = new WatchBook();
        book.Add(Owner(1), 0);
        var lockTransaction = Pay([Coin], [(1, 1_000)]);
        List<WatchEvent> events = [];
        book.Look([Flood(10, 999)], events);
        Assert.Equal(WatchBook.MaxPayments, book.PaymentsTo(Owner(1)).Count);
        book.Look([lockTransaction], events);
        book.Look([Flood(11, 999)], events);
        Assert.Equal(WatchBook.MaxPayments, book.PaymentsTo(Owner(1)).Count);
        Assert.Contains(book.PaymentsTo(Owner(1)), payment => payment.Transaction == lockTransaction);

        // Larger ones that cost nothing while they wait push out none that is in a block.
        book.Advance(Block(1), [lockTransaction], events);
        book.Look([Flood(12, 5_000)], events);
        Assert.Equal((lockTransaction, 1), (book.PaymentsTo(Owner(1))[0].Transaction, book.PaymentsTo(Owner(1))[0].Height));
        Assert.Equal(WatchBook.MaxPayments + 1, book.PaymentsTo(Owner(1)).Count);
        Assert.Equal(Replay(events), book.PaymentsTo(Owner(1)).Select(payment => payment.OutPoint).ToHashSet());
    }

    [Fact]
    public void However_many_larger_ones_wait_one_that_a_block_holds_is_seen()
    {
        var book = new WatchBook();
        book.Add(Owner(1), 0);
        var lockTransaction = Pay([Coin], [(1, 1_000)]);
        List<WatchEvent> events = [];
        book.Look([Flood(10, 5_000), lockTransaction], events);
        Assert.DoesNotContain(book.PaymentsTo(Owner(1)), payment => payment.Transaction == lockTransaction);
        book.Advance(Block(1), [lockTransaction], events);
        book.Look([Flood(10, 5_000), Flood(11, 6_000)], events);
        Assert.Equal((lockTransaction, 1), (book.PaymentsTo(Owner(1))[0].Transaction, book.PaymentsTo(Owner(1))[0].Height));
        Assert.Equal(Replay(events), book.PaymentsTo(Owner(1)).Select(payment => payment.OutPoint).ToHashSet());
    }

    [Fact]
    public void What_there_is_no_room_for_is_refused_and_told_so()
    {
        var book = new WatchBook();
        for (var i = 0; i < WatchBook.MaxScripts; i++)
        {
            Assert.Equal(WatchAdded.Added, book.Add(Owner(i), 5));
        }

        for (var i = 0; i < WatchBook.MaxOutPoints; i++)
        {
            book.Add(new OutPoint(new TxId(Id(3)), (uint)i), 5);
        }

        Assert.Equal(WatchAdded.Full, book.Add(Owner(WatchBook.MaxScripts), 5));
        Assert.Equal(WatchAdded.Full, book.Add(Coin, 5));
        Assert.Equal(WatchAdded.Known, book.Add(Owner(1), 6));
        Assert.Equal(WatchAdded.Added, book.Add(Owner(1), 4));
        Assert.Equal(4, book.LowestHeight);
    }

    [Fact]
    public void Only_the_block_after_the_last_is_taken()
    {
        var book = new WatchBook();
        book.Advance(Block(7), [], []);
        Assert.Throws<ArgumentException>(() => book.Advance(Block(9), [], []));
        Assert.Throws<ArgumentException>(() => book.Merge(new WatchBook(), []));
    }

    [Fact]
    public void Forgetting_a_script_forgets_what_spent_its_outputs_but_for_one_that_is_watched_by_name()
    {
        var book = new WatchBook();
        book.Add(Owner(1), 0);
        var payment = Pay([Coin], [(1, 500), (1, 600)]);
        var (first, second) = (new OutPoint(payment.Id, 0), new OutPoint(payment.Id, 1));
        book.Add(second, 0);
        book.Advance(Block(1), [payment, Pay([first, second], [(9, 900)])], []);
        Assert.NotNull(book.SpendOf(first));
        book.Remove(Owner(1));
        Assert.Null(book.SpendOf(first));
        Assert.NotNull(book.SpendOf(second));
        Assert.Empty(book.PaymentsTo(Owner(1)));
        book.Remove(second);
        Assert.Null(book.SpendOf(second));
        Assert.True(book.IsEmpty);
    }

    /// <summary>
    /// Chains that grow and are reorganised at random, with what waits beside them: the book shows exactly what a reader of
    /// the whole chain finds, and its events, replayed, say the same.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Shows_what_a_reader_of_the_whole_chain_finds(int seed)
    {
        var random = new Random(seed);
        var book = new WatchBook();
        var late = new WatchBook();
        Enumerable.Range(1, 3).ToList().ForEach(owner => book.Add(Owner(owner), 0));
        late.Add(Owner(4), 0);
        var chain = new List<(BlockRef Ref, List<Transaction> Transactions)>();
        var waiting = new List<Transaction>();
        List<WatchEvent> events = [];
        for (var (round, made) = (0, 0); round < 300; round++)
        {
            if (chain.Count > 0 && random.Next(4) == 0)
            {
                var depth = random.Next(1, Math.Min(4, chain.Count) + 1);
                waiting.AddRange(chain[^depth..].SelectMany(block => block.Transactions).Where(_ => random.Next(3) > 0));
                chain.RemoveRange(chain.Count - depth, depth);
                book.Rewind(chain.Count - 1);
                late.Rewind(chain.Count - 1);
            }

            var coins = chain.SelectMany(block => block.Transactions).Concat(waiting).ToList();
            var spent = coins.SelectMany(each => each.Inputs).Select(input => input.PreviousOutput).ToHashSet();
            waiting.RemoveAll(each => random.Next(12) == 0);
            var free = coins.Where(each => random.Next(2) == 0)
                .Select(each => new OutPoint(each.Id, 0)).FirstOrDefault(each => !spent.Contains(each));
            waiting.Add(Pay(
                [free == default ? new OutPoint(new TxId(Id(1_000 + ++made)), 0) : free], [(random.Next(1, 6), 500 + made++)]));
            if (random.Next(2) == 0)
            {
                var mined = waiting.Where(_ => random.Next(2) == 0).ToList();
                waiting.RemoveAll(mined.Contains);
                chain.Add((new BlockRef(Id(5_000 + round), chain.Count), mined));
                book.Advance(chain[^1].Ref, mined, events);
                late.Advance(chain[^1].Ref, mined, []);
            }

            if (round == 200)
            {
                book.Merge(late, events);
            }

            // Twice, since a child may stand before its parent.
            book.Look(waiting, events);
            book.Look(waiting, events);
            book.Sweep(waiting.Select(each => each.Id).ToHashSet(), events);

            for (var owner = 1; owner < (round < 200 ? 4 : 5); owner++)
            {
                Assert.Equal(Find(chain, waiting, Owner(owner)), book.PaymentsTo(Owner(owner)));
            }
        }

        Assert.Equal(
            Enumerable.Range(1, 4).SelectMany(owner => book.PaymentsTo(Owner(owner))).Select(each => each.OutPoint).ToHashSet(),
            Replay(events));
    }

    private static List<WatchedPayment> Find(
        List<(BlockRef Ref, List<Transaction> Transactions)> chain, List<Transaction> waiting, Script script)
    {
        var all = chain.SelectMany(block => block.Transactions.Select(each => (each, Height: (int?)block.Ref.Height)))
            .Concat(waiting.Select(each => (each, Height: (int?)null))).ToList();
        return
        [
            .. all.Where(pair => pair.each.Outputs[0].ScriptPubKey == script)
                .Select(pair =>
                {
                    var outPoint = new OutPoint(pair.each.Id, 0);
                    var spend = all.Where(other => other.each.Inputs[0].PreviousOutput == outPoint)
                        .Select(other => new WatchedSpend(other.each, 0, other.Height)).FirstOrDefault();
                    return new WatchedPayment(outPoint, pair.each.Outputs[0], pair.each, pair.Height, spend);
                })
                .OrderBy(payment => payment.Height ?? int.MaxValue).ThenBy(payment => payment.OutPoint),
        ];
    }

    private static HashSet<OutPoint> Replay(List<WatchEvent> events)
    {
        var there = new HashSet<OutPoint>();
        foreach (var happened in events)
        {
            switch (happened)
            {
                case WatchEvent.Funded funded:
                    there.Add(funded.OutPoint);
                    break;
                case WatchEvent.FundingGone gone:
                    Assert.True(there.Remove(gone.OutPoint));
                    break;
                default:
                    break;
            }
        }

        return there;
    }

    private static (Transaction Transaction, int? Height) Only(IReadOnlyList<WatchedPayment> payments) =>
        (Assert.Single(payments).Transaction, payments[0].Height);

    private static Transaction Flood(int id, long each) => Pay(
        [new OutPoint(new TxId(Id(id)), 0)], Enumerable.Repeat((1, each), 2 * WatchBook.MaxPayments));

    private static Transaction Pay(IEnumerable<OutPoint> from, IEnumerable<(int Owner, long Sats)> to) => new(
        2,
        [.. from.Select(each => new TxIn(each, Script.Empty, TxIn.FinalSequence))],
        [.. to.Select(each => new TxOut(new Amount(each.Sats), Owner(each.Owner)))],
        0);

    private static BlockRef Block(int height) => new(Id(100 + height), height);

    private static Script Owner(int number) => new(BitConverter.GetBytes(number));

    private static Hash256 Id(int number) => Hash256.DoubleSha256(BitConverter.GetBytes(number));
}
