using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <content>How the chain follows the best share.</content>
public sealed partial class ShareChain
{
    /// <summary>One walk from the old tip to the best share, blocks that prove invalid on the way put aside.</summary>
    private sealed class Move(ShareChain chain, ShareBlock added, IMainchainView mainchain)
    {
        private readonly Dictionary<ShareId, ShareUndo> _undo = [];
        private readonly List<ShareId> _invalid = [];

        public void Follow()
        {
            while (!ReferenceEquals(chain.TipNode, chain._tree.Best))
            {
                var path = BlockTree<ShareId, ShareInfo>.Path(chain.TipNode, chain._tree.Best);
                foreach (var node in path.Disconnect)
                {
                    chain.State.Undo(Block(node.Id), Undo(node.Id));
                    chain.TipNode = node.Parent!;
                }

                foreach (var node in path.Connect)
                {
                    if (!TryConnect(node))
                    {
                        break;
                    }
                }
            }
        }

        public ShareChange Summarise(BlockNode<ShareId, ShareInfo> before, StoredShare share)
        {
            var path = BlockTree<ShareId, ShareInfo>.Path(before, chain.TipNode);
            return new ShareChange(
                share,
                [.. _invalid],
                [.. path.Disconnect.Select(node => Block(node.Id))],
                [.. path.Connect.Select(node => new ConnectedShare(Block(node.Id), node.Height, Undo(node.Id)))],
                chain.TipNode.Id,
                chain.TipNode.Height);
        }

        private bool TryConnect(BlockNode<ShareId, ShareInfo> node)
        {
            var block = Block(node.Id);
            var medianTime = MedianTimeOf(node.Parent!);
            if (node.Status != BlockStatus.Valid)
            {
                var subsidy = mainchain.Subsidy(node.Item.MainHeight + 1);
                var verdict = chain.State.Check(block, medianTime, subsidy);
                if (!verdict.IsValid)
                {
                    chain.LastFault = verdict;
                    chain._refused.Add(node.Id, verdict);
                    _invalid.AddRange(chain._tree.MarkInvalid(node).Select(fallen => fallen.Id));
                    return false;
                }

                chain._tree.MarkValid(node);
            }

            _undo[node.Id] = chain.State.Apply(block, medianTime);
            chain.TipNode = node;
            return true;
        }

        private ShareBlock Block(ShareId id) => id == added.Id ? added : chain.Stored(id);

        private ShareUndo Undo(ShareId id) => _undo.TryGetValue(id, out var undo)
            ? undo
            : chain._store.GetUndo(id) ?? throw new InvalidOperationException($"Undo data of {id} are not stored.");
    }
}
