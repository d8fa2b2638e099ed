using Market.Bitcoin.Ledger;

namespace Market.Bitcoin.Tests.Ledger;

using Node = BlockNode<int, bool>;
using Tree = BlockTree<int, bool>;
using Walk = ChainWalk<int, bool>;

/// <summary>One walk for both chains: what a chain is at after each block is what choosing anew among all blocks gives.</summary>
public sealed class WalkTests
{
    private static readonly U256 One = new(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void State_tip_and_falls_are_those_of_choosing_anew(int seed)
    {
        var random = new Random(seed);
        var tree = new Tree(0, true, One);
        var state = new Steps();
        var tip = tree.Root;
        var stored = new List<Node>();
        for (var id = 1; id <= 400; id++)
        {
            // One in seven breaks a rule, which only shows when it is to be applied.
            var parent = random.Next(6) == 0 || stored.Count == 0
                ? tip
                : stored[random.Next(Math.Max(0, stored.Count - 5), stored.Count)];
            var node = Tree.Prepare(id, parent, random.Next(7) != 0, One);
            if (parent.Status == BlockStatus.Invalid || (ReferenceEquals(parent, tip) && !node.Item))
            {
                continue;
            }

            var walk = new Walk(tree, tip, node, state);
            var (before, changes, moves) = (state.Applied.ToArray(), 0, state.Moves);
            walk.Plan(work =>
            {
                changes++;
                work();
            });

            // The new block itself is made once and not tried; one that stands on the tip is the usual one.
            Assert.Equal(before, state.Applied);
            Assert.True(!ReferenceEquals(parent, tip) || state.Moves == moves);
            Assert.Equal(walk.Path is null ? 0 : 1, state.Foreseen.Count(each => each == id));
            Assert.Null(tree.Find(id));
            Assert.Equal(node.ChainWork > tip.ChainWork ? 1 : 0, changes);
            var fallen = walk.Fallen.Select(each => each.Id).ToArray();
            var valid = tree.Nodes.Where(each => each.Status != BlockStatus.Invalid).Select(each => each.Id).ToHashSet();
            walk.Make();
            stored.Add(node);
            tip = walk.Tip;

            Assert.Equal(Chain(tip), state.Applied);
            Assert.All(Chain(tip), applied => Assert.True(tree.Find(applied)!.Item));
            Assert.Equal(fallen.Order(), valid.Where(each => tree.Find(each)!.Status == BlockStatus.Invalid).Order());
            Assert.Equal(walk.Fault is not null, node.Status == BlockStatus.Invalid);
            Assert.True(walk.Fault is not null || tip.ChainWork >= node.ChainWork);
        }

        Assert.True(state.Refused > 5 && state.TakenBack > 50, $"{state.Refused} refused, {state.TakenBack} taken back");
        var opened = new Steps();
        Walk.Replay(tree, tree.Root, tip, opened);
        Assert.Equal(Chain(tip), opened.Applied);
        Walk.Replay(tree, tip, tip.Ancestor(tip.Height / 2)!, opened);
        Assert.Equal(Chain(tip.Ancestor(tip.Height / 2)!), opened.Applied);
        Assert.Empty(opened.Loaded);
    }

    private static IEnumerable<int> Chain(Node tip) =>
        Enumerable.Range(1, tip.Height).Select(height => tip.Ancestor(height)!.Id);

    /// <summary>A state that is its own history, and takes nothing that was not fetched for it.</summary>
    private sealed class Steps : IWalkSteps<int, bool>
    {
        public List<int> Applied { get; } = [];

        public HashSet<int> Loaded { get; } = [];

        public int Refused { get; private set; }

        public int TakenBack { get; private set; }

        public int Moves { get; private set; }

        public List<int> Foreseen { get; } = [];

        public void Load(Node node, bool isTakenBack)
        {
            Loaded.Add(node.Id);
            Assert.True(!isTakenBack || Applied.Contains(node.Id));
        }

        public bool Check(Node node)
        {
            Refused += node.Item ? 0 : 1;
            return node.Item;
        }

        public void Apply(Node node)
        {
            Assert.Contains(node.Id, Loaded);
            Assert.Equal(Applied.Count == 0 ? 0 : Applied[^1], node.Parent!.Id);
            Applied.Add(node.Id);
            Moves++;
        }

        public void TakeBack(Node node)
        {
            Assert.Equal(node.Id, Applied[^1]);
            Applied.RemoveAt(Applied.Count - 1);
            TakenBack++;
            Moves++;
        }

        public void Foresee(Node node)
        {
            Assert.Contains(node.Id, Loaded);
            Assert.Equal(Applied.Count == 0 ? 0 : Applied[^1], node.Parent!.Id);
            Foreseen.Add(node.Id);
        }

        public void Forget(Node node) => Loaded.Remove(node.Id);
    }
}
