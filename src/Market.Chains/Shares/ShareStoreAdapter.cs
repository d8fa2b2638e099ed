using Market.Chains.Engine;
using Market.Chains.Storage;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>Lets the sharechain's rules read and write a store of blocks, each with the mainchain headers that it needs.</summary>
internal sealed class ShareStoreAdapter(IBlockStore store, MainView main) : IShareStore
{
    private const int CachedBlocks = 1_024;

    private const long CachedBytes = 64 * 1024 * 1024;

    private readonly RecentCache<ShareId, ShareBlock> _blocks = new(
        CachedBlocks, CachedBytes, ShareMemory.Of);

    /// <summary>The share, where memory has it; null where not.</summary>
    public ShareBlock? Remembered(ShareId id) => _blocks.TryGet(id, out var block) ? block : null;

    public ShareBlock? GetBlock(ShareId id)
    {
        if (Remembered(id) is { } known)
        {
            return known;
        }

        if (store.GetBlock(id.Value) is not { } bytes)
        {
            return null;
        }

        var block = KeptShare.Parse(bytes)?.Share ?? throw new FormatException($"What is kept of share {id} is none.");
        _blocks.Put(id, block);
        return block;
    }

    public ShareUndo? GetUndo(ShareId id) => store.GetUndo(id.Value) is { } bytes ? ShareUndo.Parse(bytes) : null;

    public void Commit(ShareChange change)
    {
        var added = change.Added is { } share && !change.Invalid.Contains(share.Block.Id) ? share : null;
        var headers = added is null ? [] : main.HeadersFor(added.Block.Proof.MainHeader.Previous);
        var branches = added is null ? [] : main.BranchesFor(added.Block);
        store.Write(new StoreChange(
            added is null ? [] :
            [
                new StoredBlock(
                    added.Block.Id.Value, added.Block.Header.Parent.Value, (int)added.Block.Header.Height,
                    added.MainHeight, new KeptShare(headers, added.Block) { Facts = added.Facts, Branches = branches }.ToArray()),
            ],
            [.. change.Invalid.Where(id => id != change.Added?.Block.Id).Select(id => id.Value)],
            [.. change.Connected.Select(each => new StoredUndo(each.Block.Id.Value, each.Undo.ToArray()))],
            change.Tip.Value));
        if (added is not null)
        {
            _blocks.Put(added.Block.Id, added.Block);
            main.Keep(headers, added.MainHeight);
            main.Keep(branches);
        }
    }
}
