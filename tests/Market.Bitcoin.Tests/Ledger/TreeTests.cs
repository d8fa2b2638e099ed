using Market.Bitcoin.Ledger;

namespace Market.Bitcoin.Tests.Ledger;

using Node = BlockNode<int, uint>;
using Tree = BlockTree<int, uint>;

public sealed class TreeTests
{
    private static readonly U256 One = new(1);

    [Fact]
    public void Most_work_is_best_and_a_tie_goes_to_the_first()
    {
        var tree = new Tree(0, 0, One);
        var left = Add(tree, 1, tree.Root);
        var right = Add(tree, 2, tree.Root);
        Assert.Same(left, tree.Best);
        var rightChild = Add(tree, 3, right);
        Assert.Same(rightChild, tree.Best);
        var heavy = Add(tree, 4, left, new U256(5));
        Assert.Same(heavy, tree.Best);
        Assert.False(tree.TryAdd(4, right, 0, One, out var known));
        Assert.Same(heavy, known);
        Assert.Equal(5, tree.Count);
    }

    [Fact]
    public void A_header_is_no_candidate_until_it_and_its_ancestors_are_ready()
    {
        var tree = new Tree(0, 0, One);
        tree.TryAdd(1, tree.Root, 0, One, out var first);
        tree.TryAdd(2, first, 0, One, out var second);
        tree.MarkReady(second);
        Assert.Same(tree.Root, tree.Best);
        tree.MarkReady(first);
        Assert.Same(second, tree.Best);
        Assert.Equal(BlockStatus.Ready, second.Status);
        tree.MarkValid(second);
        Assert.Equal(BlockStatus.Valid, second.Status);
    }

    [Fact]
    public void An_invalid_block_takes_its_descendants_with_it()
    {
        var tree = new Tree(0, 0, One);
        var bad = Add(tree, 1, tree.Root);
        var child = Add(tree, 2, bad);
        var other = Add(tree, 3, tree.Root);
        Assert.Equal([bad, child], tree.MarkInvalid(bad));
        Assert.Same(other, tree.Best);
        Assert.Equal(BlockStatus.Invalid, Add(tree, 4, child).Status);
        Assert.Same(other, tree.Best);
        Assert.Empty(tree.MarkInvalid(bad).Where(node => node.Id != 4));
        Assert.Throws<InvalidOperationException>(() => tree.MarkInvalid(tree.Root));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Paths_and_ancestors_agree_with_walking(int seed)
    {
        var random = new Random(seed);
        var tree = new Tree(0, 0, One);
        var nodes = new List<Node> { tree.Root };
        for (var i = 1; i < 400; i++)
        {
            nodes.Add(Add(tree, i, nodes[^random.Next(1, Math.Min(6, nodes.Count) + 1)]));
        }

        for (var i = 0; i < 200; i++)
        {
            var (from, to) = (nodes[random.Next(nodes.Count)], nodes[random.Next(nodes.Count)]);
            var (fromLine, toLine) = (Walk(from), Walk(to));
            var path = Tree.Path(from, to);

            Assert.Same(fromLine.First(toLine.Contains), path.Fork);
            Assert.Equal(fromLine.TakeWhile(node => node != path.Fork), path.Disconnect);
            Assert.Equal(toLine.TakeWhile(node => node != path.Fork).Reverse(), path.Connect);
            var height = random.Next(from.Height + 1);
            Assert.Same(fromLine[from.Height - height], from.Ancestor(height));
            Assert.Equal(new U256((ulong)from.Height + 1), from.ChainWork);
        }

        Assert.Null(tree.Root.Ancestor(1));
        Assert.Null(tree.Best.Ancestor(-1));
    }

    [Fact]
    public void The_median_time_is_of_the_last_eleven()
    {
        var tree = new Tree(0, 100, One);
        Assert.Equal(100u, Tree.MedianTimePast(tree.Root, time => time));
        var node = tree.Root;
        foreach (var time in (uint[])[50, 300, 200, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        {
            tree.TryAdd((int)time, node, time, One, out node);
        }

        Assert.Equal(6u, Tree.MedianTimePast(node, time => time));
        Assert.Equal(0u, MedianTime.Of([]));
        Assert.Equal(2u, MedianTime.Of([2, 1]));
        Assert.Equal(7u, MedianTime.Of([99, 98, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    }

    [Fact]
    public void Headers_are_held_to_bits_work_and_time()
    {
        const uint median = 1_000_000;
        var bits = new CompactTarget(0x207fffff);
        var good = Solve(new BlockHeader(4, default, default, median + 1, bits, 0));

        Assert.Equal(LedgerError.None, HeaderRules.Check(good, median, bits, median));
        Assert.Equal(LedgerError.Bits, HeaderRules.Check(good, median, new CompactTarget(0x207ffffe), median));
        Assert.Equal(LedgerError.TimeTooOld, HeaderRules.Check(good, median + 1, bits, median));
        Assert.Equal(LedgerError.None, HeaderRules.Check(good, median, bits, median + 1 - 7_200));
        Assert.Equal(LedgerError.TimeTooNew, HeaderRules.Check(good, median, bits, median - 7_200));
        Assert.Equal(LedgerError.Version, HeaderRules.Check(Solve(good with { Version = 3 }), median, bits, median));
        var unsolved = good;
        while (unsolved.MeetsOwnTarget)
        {
            unsolved = unsolved with { Nonce = unsolved.Nonce + 1 };
        }

        Assert.Equal(LedgerError.ProofOfWork, HeaderRules.Check(unsolved, median, bits, median));
    }

    [Theory]
    [InlineData(1, 5_000_000_000)]
    [InlineData(209_999, 5_000_000_000)]
    [InlineData(210_000, 2_500_000_000)]
    [InlineData(840_000, 312_500_000)]
    [InlineData(6_929_999, 1)]
    [InlineData(6_930_000, 0)]
    [InlineData(int.MaxValue, 0)]
    public void Bitcoins_subsidy_halves(int height, long sats) =>
        Assert.Equal(sats, IssuanceSchedule.Bitcoin.At(height).Sats);

    [Fact]
    public void Total_issuance_is_the_sum_of_every_blocks()
    {
        var schedule = new IssuanceSchedule(new Amount(1_000), 7);
        var sum = 0L;
        for (var height = 1; height < 120; height++)
        {
            sum += schedule.At(height).Sats;
            Assert.Equal(sum, schedule.TotalThrough(height).Sats);
        }

        // All there will ever be, less the genesis block's 50, which is not counted.
        Assert.Equal(
            2_099_999_997_690_000 - 5_000_000_000, IssuanceSchedule.Bitcoin.TotalThrough(int.MaxValue).Sats);
        Assert.Equal(0, schedule.TotalThrough(0).Sats);
    }

    private static BlockHeader Solve(BlockHeader header)
    {
        while (!header.MeetsOwnTarget)
        {
            header = header with { Nonce = header.Nonce + 1 };
        }

        return header;
    }

    private static Node Add(Tree tree, int id, Node parent, U256? work = null)
    {
        tree.TryAdd(id, parent, 0, work ?? One, out var node);
        tree.MarkReady(node);
        return node;
    }

    private static List<Node> Walk(Node node)
    {
        var line = new List<Node>();
        for (var at = node; at is not null; at = at.Parent)
        {
            line.Add(at);
        }

        return line;
    }
}
