using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

using Node = BlockNode<ShareId, ShareInfo>;
using Tree = BlockTree<ShareId, ShareInfo>;

/// <content>How the chain follows the best share.</content>
public sealed partial class ShareChain
{
    /// <summary>
    /// What a new share does: planned first and taken back again, so that it can be stored before anybody sees it, then made.
    /// </summary>
    private sealed class Move(ShareChain chain, ShareBlock added, Node node, IMainchainView mainchain)
    {
        private readonly Dictionary<ShareId, ShareBlock> _blocks = new() { [added.Id] = added };
        private readonly Dictionary<ShareId, ShareUndo> _undo = [];
        private BlockPath<ShareId, ShareInfo>? _path;
        private Node? _fault;

        /// <summary>Finds out what is to be stored; state and tree are afterwards as before.</summary>
        public ShareChange Plan(StoredShare share)
        {
            var tip = chain.TipNode;
            if (node.ChainWork > tip.ChainWork)
            {
                _path = Tree.Path(tip, node);
                Load(_path);
                chain.Exclusively(Try);
            }

            if (_fault is { } fault)
            {
                chain._refused.Add(fault.Id, chain.LastFault);
                _path = null;
            }

            return new ShareChange(
                share,
                _fault is null ? [] : [.. Fallen(_fault)],
                _path is null ? [] : [.. _path.Disconnect.Select(each => _blocks[each.Id])],
                _path is null ? [] :
                    [.. _path.Connect.Select(each => new ConnectedShare(_blocks[each.Id], each.Height, _undo[each.Id]))],
                _path is null ? tip.Id : node.Id,
                _path is null ? tip.Height : node.Height);
        }

        /// <summary>Makes what was planned.</summary>
        public void Make()
        {
            chain.Enter(node);
            if (_fault is { } fault)
            {
                chain._tree.MarkInvalid(fault);
            }

            if (_path is null)
            {
                return;
            }

            foreach (var each in _path.Disconnect)
            {
                chain.State.Undo(_blocks[each.Id], _undo[each.Id]);
            }

            foreach (var each in _path.Connect)
            {
                chain.State.Apply(_blocks[each.Id], MedianTimeOf(each.Parent!));
                chain._tree.MarkValid(each);
            }

            chain.TipNode = node;
        }

        // All that is needed of the store, before anybody is kept waiting.
        private void Load(BlockPath<ShareId, ShareInfo> path)
        {
            foreach (var each in path.Disconnect)
            {
                _blocks[each.Id] = chain.Stored(each.Id);
                _undo[each.Id] = chain._store.GetUndo(each.Id)
                    ?? throw new InvalidOperationException($"Undo data of {each.Id} are not stored.");
            }

            foreach (var each in path.Connect)
            {
                _blocks.TryAdd(each.Id, each.Id == added.Id ? added : chain.Stored(each.Id));
            }
        }

        private void Try()
        {
            foreach (var each in _path!.Disconnect)
            {
                chain.State.Undo(_blocks[each.Id], _undo[each.Id]);
            }

            var connected = new Stack<Node>();
            foreach (var each in _path.Connect)
            {
                if (!Check(each))
                {
                    break;
                }

                _undo[each.Id] = chain.State.Apply(_blocks[each.Id], MedianTimeOf(each.Parent!));
                connected.Push(each);
            }

            while (connected.TryPop(out var each))
            {
                chain.State.Undo(_blocks[each.Id], _undo[each.Id]);
            }

            for (var i = _path.Disconnect.Length - 1; i >= 0; i--)
            {
                chain.State.Apply(_blocks[_path.Disconnect[i].Id], MedianTimeOf(_path.Disconnect[i].Parent!));
            }
        }

        // One on the tip was checked before.
        private bool Check(Node each)
        {
            if (each.Status == BlockStatus.Valid || ReferenceEquals(each.Parent, chain.TipNode))
            {
                return true;
            }

            var subsidy = mainchain.Subsidy(each.Item.MainHeight + 1);
            var verdict = chain.State.Check(_blocks[each.Id], MedianTimeOf(each.Parent!), subsidy);
            if (!verdict.IsValid)
            {
                (chain.LastFault, _fault) = (verdict, each);
            }

            return verdict.IsValid;
        }

        private IEnumerable<ShareId> Fallen(Node fault) => Tree.WithDescendants(fault)
            .Where(each => each.Status != BlockStatus.Invalid).Select(each => each.Id)
            .Concat(ReferenceEquals(fault, node) ? [] : [node.Id]);
    }
}
