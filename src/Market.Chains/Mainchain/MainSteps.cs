using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Chains.Storage;

namespace Market.Chains.Mainchain;

using Node = BlockNode<Hash256, BlockHeader>;

/// <summary>What a walk to another tip of the mainchain does at each block: coins change, undo data are kept at hand.</summary>
/// <param name="coins">The coins that change.</param>
/// <param name="rules">The chain's rules.</param>
/// <param name="store">Where undo data of blocks that leave are read.</param>
/// <param name="body">Reads a block that is kept.</param>
/// <param name="added">The block that is not kept yet; null where there is none.</param>
internal sealed class MainSteps(
    IndexedCoins coins, LedgerRules rules, IBlockStore store, Func<Hash256, Block?> body, Block? added)
    : IWalkSteps<Hash256, BlockHeader>
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
        _blocks[node.Id] = added is not null && node.Id == added.Id.Value ? added : body(node.Id)!;
        if (isTakenBack)
        {
            _undo[node.Id] = store.GetUndo(node.Id) is { } bytes && BlockUndo.TryParse(bytes, out var undo)
                ? undo
                : throw new InvalidOperationException($"Undo data of {node.Id} are not stored.");
        }
    }

    public bool Check(Node node)
    {
        var failure = BlockConnector.Check(coins, _blocks[node.Id].Transactions, ContextOf(node), rules, out _);
        Fault = failure.IsOk ? Fault : failure;
        return failure.IsOk;
    }

    public void Apply(Node node) => _undo[node.Id] = BlockConnector.Apply(coins, _blocks[node.Id].Transactions, ContextOf(node));

    public void TakeBack(Node node) =>
        BlockConnector.Disconnect(coins, _blocks[node.Id].Transactions, _undo[node.Id]);

    public void Forget(Node node)
    {
        _blocks.Remove(node.Id);
        _undo.Remove(node.Id);
    }

    private BlockContext ContextOf(Node node) => MainCore.ContextAfter(node.Parent!, _blocks[node.Id]);
}
