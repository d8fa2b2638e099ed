using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;

namespace Market.Chains.Mainchain;

using Node = BlockNode<Hash256, BlockHeader>;
using Tree = BlockTree<Hash256, BlockHeader>;

/// <content>How the chain follows the best block.</content>
internal sealed partial class MainCore
{
    // Planned and taken back, stored, made: nobody sees what is not stored, and nobody who reads waits for the store.
    private CoreResult Take(Block block, Node node)
    {
        try
        {
            var move = new Move(this, block, node);
            var (change, result) = move.Plan();
            _store.Write(change);
            _bodies.Put(node.Id, block);
            Exclusively(() =>
            {
                move.Make();
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

    private sealed class Move(MainCore core, Block added, Node node)
    {
        private readonly Dictionary<Hash256, Block> _blocks = new() { [added.Id.Value] = added };
        private readonly Dictionary<Hash256, BlockUndo> _undo = [];
        private BlockPath<Hash256, BlockHeader>? _path;
        private Node? _fault;
        private LedgerFailure _failure;

        /// <summary>Finds out what is to be stored; coins and tree are afterwards as before.</summary>
        public (StoreChange Change, CoreResult Result) Plan()
        {
            if (node.ChainWork > core._tip.ChainWork)
            {
                _path = Tree.Path(core._tip, node);
                Load(_path);
                core.Exclusively(Try);
            }

            if (_fault is { } fault)
            {
                var fallen = Tree.WithDescendants(fault)
                    .Where(each => each.Status != BlockStatus.Invalid && !ReferenceEquals(each, node)).Select(each => each.Id);
                return (new StoreChange([], [.. fallen], [], core._tip.Id), Refused(_failure));
            }

            var stored = new StoredBlock(node.Id, node.Parent!.Id, node.Height, 0, added.ToArray());
            return _path is null
                ? (new StoreChange([stored], [], [], core._tip.Id), new CoreResult(SubmitCode.SideChain))
                : (new StoreChange(
                        [stored], [], [.. _path.Connect.Select(each => new StoredUndo(each.Id, _undo[each.Id].ToArray()))],
                        node.Id),
                    new CoreResult(SubmitCode.Accepted, 0, "", Moved(_path.Disconnect), Moved(_path.Connect)));
        }

        /// <summary>Makes what was planned.</summary>
        public void Make()
        {
            core._tree.Add(node);
            core._tree.MarkReady(node);
            if (_fault is { } fault)
            {
                core._tree.MarkInvalid(fault);
                return;
            }

            if (_path is null)
            {
                return;
            }

            foreach (var each in _path.Disconnect)
            {
                Disconnect(each);
            }

            foreach (var each in _path.Connect)
            {
                Apply(each);
                core._tree.MarkValid(each);
            }

            core._tip = node;
        }

        // All that is needed of the store, before anybody is kept waiting.
        private void Load(BlockPath<Hash256, BlockHeader> path)
        {
            foreach (var each in path.Disconnect)
            {
                _blocks[each.Id] = core.Body(each.Id)!;
                _undo[each.Id] = core._store.GetUndo(each.Id) is { } bytes && BlockUndo.TryParse(bytes, out var undo)
                    ? undo
                    : throw new InvalidOperationException($"Undo data of {each.Id} are not stored.");
            }

            foreach (var each in path.Connect)
            {
                _blocks.TryAdd(each.Id, each.Id == node.Id ? added : core.Body(each.Id)!);
            }
        }

        private void Try()
        {
            foreach (var each in _path!.Disconnect)
            {
                Disconnect(each);
            }

            var connected = new Stack<Node>();
            foreach (var each in _path.Connect)
            {
                if (!Connect(each))
                {
                    break;
                }

                connected.Push(each);
            }

            while (connected.TryPop(out var each))
            {
                Disconnect(each);
            }

            for (var i = _path.Disconnect.Length - 1; i >= 0; i--)
            {
                Apply(_path.Disconnect[i]);
            }
        }

        // One on the tip was checked before.
        private bool Connect(Node each)
        {
            if (each.Status == BlockStatus.Valid || ReferenceEquals(each.Parent, core._tip))
            {
                Apply(each);
                return true;
            }

            var block = _blocks[each.Id];
            _failure = BlockConnector.Connect(
                core._coins, block.Transactions, ContextAfter(each.Parent!, block), core.Rules, out var effect);
            if (!_failure.IsOk)
            {
                _fault = each;
                return false;
            }

            _undo[each.Id] = effect!.Undo;
            return true;
        }

        private void Apply(Node each) => _undo[each.Id] = BlockConnector.Apply(
            core._coins, _blocks[each.Id].Transactions, ContextAfter(each.Parent!, _blocks[each.Id]));

        private void Disconnect(Node each) =>
            BlockConnector.Disconnect(core._coins, _blocks[each.Id].Transactions, _undo[each.Id]);

        private ImmutableArray<MovedBlock> Moved(ImmutableArray<Node> nodes) =>
            [.. nodes.Select(each => new MovedBlock(new BlockRef(each.Id, each.Height), _blocks[each.Id].Transactions))];
    }
}
