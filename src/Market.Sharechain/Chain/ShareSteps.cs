using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

using Node = BlockNode<ShareId, ShareInfo>;
using Walk = ChainWalk<ShareId, ShareInfo>;

/// <summary>What the chain does with each share on its way to the best one: checked, applied, taken back.</summary>
internal sealed class ShareSteps(
    SharechainState state, IShareStore store, IMainchainView? mainchain = null, ShareBlock? added = null)
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
        _blocks[node.Id] = node.Id == added?.Id ? added : store.GetBlock(node.Id)
            ?? throw new InvalidOperationException($"Block {node.Id} is not stored.");
        if (isTakenBack)
        {
            _undo[node.Id] = store.GetUndo(node.Id)
                ?? throw new InvalidOperationException($"Undo data of {node.Id} are not stored.");
        }
    }

    public bool Check(Node node)
    {
        var subsidy = mainchain!.Subsidy(node.Item.MainHeight + 1);
        var verdict = state.Check(_blocks[node.Id], ShareChain.MedianTimeOf(node.Parent!), subsidy);
        Fault = verdict.IsValid ? Fault : verdict;
        return verdict.IsValid;
    }

    public void Apply(Node node) => _undo[node.Id] = state.Apply(
        _blocks[node.Id], ShareChain.MedianTimeOf(node.Parent!), node.Item);

    public void TakeBack(Node node) => state.Undo(_blocks[node.Id], _undo[node.Id]);

    public void Foresee(Node node) => _undo[node.Id] = state.Foresee(
        _blocks[node.Id], ShareChain.MedianTimeOf(node.Parent!), node.Item);

    /// <summary>What a planned walk changes, to be stored.</summary>
    public ShareChange ChangeOf(Walk walk, StoredShare share, Node node) => new(
        share,
        walk.Fault is null ? [] : [.. walk.Fallen.Select(each => each.Id), node.Id],
        walk.Path is null ? [] : [.. walk.Path.Disconnect.Select(each => BlockOf(each))],
        walk.Path is null ? [] :
            [.. walk.Path.Connect.Select(each => new ConnectedShare(BlockOf(each), each.Height, UndoOf(each)))],
        walk.Tip.Id,
        walk.Tip.Height);

    public void Forget(Node node)
    {
        _blocks.Remove(node.Id);
        _undo.Remove(node.Id);
    }
}
