using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;

namespace Market.Chains.Mainchain;

using Node = BlockNode<Hash256, BlockHeader>;
using Walk = ChainWalk<Hash256, BlockHeader>;

/// <content>How the chain follows the best block.</content>
internal sealed partial class MainCore
{
    // Planned and taken back, stored, made: nobody sees what is not stored, and nobody who reads waits for the store.
    private CoreResult Take(Block block, Node node)
    {
        try
        {
            var steps = new Steps(this, block);
            var walk = new Walk(_tree, _tip, node, steps);
            walk.Plan(Exclusively);
            var (change, result) = ChangeOf(walk, steps, block, node);
            _store.Write(change);
            _bodies.Put(node.Id, block);
            Exclusively(() =>
            {
                walk.Make();
                _tip = walk.Tip;
                Changed?.Invoke(result);
            });
            return result;
        }
        catch
        {
            // Memory and store may differ from here on.
            IsBroken = true;
            throw;
        }
    }

    private static (StoreChange Change, CoreResult Result) ChangeOf(Walk walk, Steps steps, Block added, Node node)
    {
        if (walk.Fault is not null)
        {
            return (
                new StoreChange([], [.. walk.Fallen.Select(each => each.Id)], [], walk.Tip.Id), Refused(steps.Fault));
        }

        var stored = new StoredBlock(node.Id, node.Parent!.Id, node.Height, 0, added.ToArray());
        return walk.Path is not { } path
            ? (new StoreChange([stored], [], [], walk.Tip.Id), new CoreResult(SubmitCode.SideChain))
            : (new StoreChange(
                    [stored], [], [.. path.Connect.Select(each => new StoredUndo(each.Id, steps.UndoOf(each).ToArray()))],
                    node.Id),
                new CoreResult(SubmitCode.Accepted, null, steps.Moved(path.Disconnect), steps.Moved(path.Connect)));
    }

    private sealed class Steps(MainCore core, Block? added = null) : IWalkSteps<Hash256, BlockHeader>
    {
        private readonly Dictionary<Hash256, Block> _blocks = [];
        private readonly Dictionary<Hash256, BlockUndo> _undo = [];

        /// <summary>The rule that the last block refused here breaks.</summary>
        public LedgerFailure Fault { get; private set; }

        public BlockUndo UndoOf(Node node) => _undo[node.Id];

        public ImmutableArray<MovedBlock> Moved(ImmutableArray<Node> nodes) =>
            [.. nodes.Select(each => new MovedBlock(new BlockRef(each.Id, each.Height), _blocks[each.Id].Transactions))];

        public void Load(Node node, bool isTakenBack)
        {
            _blocks[node.Id] = added is not null && node.Id == added.Id.Value ? added : core.Body(node.Id)!;
            if (isTakenBack)
            {
                _undo[node.Id] = core._store.GetUndo(node.Id) is { } bytes && BlockUndo.TryParse(bytes, out var undo)
                    ? undo
                    : throw new InvalidOperationException($"Undo data of {node.Id} are not stored.");
            }
        }

        public bool Check(Node node)
        {
            var failure = BlockConnector.Check(
                core._coins, _blocks[node.Id].Transactions, ContextOf(node), core.Rules, out _);
            Fault = failure.IsOk ? Fault : failure;
            return failure.IsOk;
        }

        public void Apply(Node node) => _undo[node.Id] = BlockConnector.Apply(
            core._coins, _blocks[node.Id].Transactions, ContextOf(node));

        public void TakeBack(Node node) =>
            BlockConnector.Disconnect(core._coins, _blocks[node.Id].Transactions, _undo[node.Id]);

        public void Forget(Node node)
        {
            _blocks.Remove(node.Id);
            _undo.Remove(node.Id);
        }

        private BlockContext ContextOf(Node node) => ContextAfter(node.Parent!, _blocks[node.Id]);
    }
}
