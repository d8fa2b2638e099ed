using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

using Node = BlockNode<ShareId, ShareInfo>;
using Walk = ChainWalk<ShareId, ShareInfo>;

/// <content>How the chain follows the best share.</content>
public sealed partial class ShareChain
{
    private ShareChange Take(ShareBlock block, Node node, IMainchainView mainchain)
    {
        try
        {
            var steps = new Steps(this, mainchain, block);
            var walk = new Walk(_tree, TipNode, node, steps);
            walk.Plan(Exclusively);
            if (walk.Fault is { } fault)
            {
                LastFault = steps.Fault;
                _refused.Add(fault.Id, LastFault);
            }

            var change = ChangeOf(walk, steps, new StoredShare(block, node.Item.MainHeight, _sequence + 1), node);
            _store.Commit(change);
            Exclusively(() =>
            {
                walk.Make();
                _sequence++;
                TipNode = walk.Tip;
                Changed?.Invoke(change);
            });
            return change;
        }
        catch
        {
            // Memory and store may differ from here on.
            IsBroken = true;
            throw;
        }
    }

    private static ShareChange ChangeOf(Walk walk, Steps steps, StoredShare share, Node node) => new(
        share,
        walk.Fault is null ? [] : [.. walk.Fallen.Select(each => each.Id), node.Id],
        walk.Path is null ? [] : [.. walk.Path.Disconnect.Select(each => steps.BlockOf(each))],
        walk.Path is null ? [] :
            [.. walk.Path.Connect.Select(each => new ConnectedShare(steps.BlockOf(each), each.Height, steps.UndoOf(each)))],
        walk.Tip.Id,
        walk.Tip.Height);

    private sealed class Steps(ShareChain chain, IMainchainView? mainchain = null, ShareBlock? added = null)
        : IWalkSteps<ShareId, ShareInfo>
    {
        private readonly Dictionary<ShareId, ShareBlock> _blocks = [];
        private readonly Dictionary<ShareId, ShareUndo> _undo = [];

        /// <summary>The rule that the last share refused here breaks.</summary>
        public ShareVerdict Fault { get; private set; }

        public ShareBlock BlockOf(Node node) => _blocks[node.Id];

        public ShareUndo UndoOf(Node node) => _undo[node.Id];

        public void Load(Node node, bool isTakenBack)
        {
            _blocks[node.Id] = node.Id == added?.Id ? added : chain.Stored(node.Id);
            if (isTakenBack)
            {
                _undo[node.Id] = chain._store.GetUndo(node.Id)
                    ?? throw new InvalidOperationException($"Undo data of {node.Id} are not stored.");
            }
        }

        public bool Check(Node node)
        {
            var subsidy = mainchain!.Subsidy(node.Item.MainHeight + 1);
            var verdict = chain.State.Check(_blocks[node.Id], MedianTimeOf(node.Parent!), subsidy);
            Fault = verdict.IsValid ? Fault : verdict;
            return verdict.IsValid;
        }

        public void Apply(Node node) => _undo[node.Id] = chain.State.Apply(_blocks[node.Id], MedianTimeOf(node.Parent!));

        public void TakeBack(Node node) => chain.State.Undo(_blocks[node.Id], _undo[node.Id]);

        public void Forget(Node node)
        {
            _blocks.Remove(node.Id);
            _undo.Remove(node.Id);
        }
    }
}
