using Market.Bitcoin;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>A sharechain that is opened again from its store.</summary>
public sealed class RestartTests
{
    // More than all workers of an opening have in hand at once.
    private const int Many = 300;

    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_chain_of_many_shares_is_opened_as_it_was()
    {
        var store = new MemoryBlockStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        Hash256 hash;
        ShareId[] ids;
        TxId[] transactions;
        await using (var node = await ShareLab.NodeAsync(main, _clock, store))
        {
            var shares = await ShareLab.MineAsync(node, _clock, Many, Coins.Owner(1));
            (hash, ids) = (node.StateHash(), [.. shares.Select(share => share.Id)]);
            transactions = [.. shares.Select(share => share.Transactions[0].Id)];
        }

        await SameAsync();

        // A snapshot that cannot be read is no loss.
        store.WriteSnapshot(new StoredSnapshot(ids[^1].Value, new byte[] { 1, 2, 3 }));
        await SameAsync();

        async Task SameAsync()
        {
            await using var again = await ShareLab.NodeAsync(main, _clock, store);
            Assert.Equal(hash, again.StateHash());
            Assert.Equal(Many, (await again.GetTipAsync()).Height);
            for (var i = 0; i < Many; i++)
            {
                Assert.Equal(i + 1, await again.GetHeightAsync(ids[i]));
                Assert.Equal(ids[i].Value, (await again.FindTransactionAsync(transactions[i]))?.Block?.Id);
            }
        }
    }

    [Fact]
    public async Task A_snapshot_of_a_share_that_is_not_stored_is_no_loss()
    {
        var (store, other) = (new MemoryBlockStore(), new MemoryBlockStore());
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        var (hash, _) = await MineAsync(main, store, 3, 1);
        await MineAsync(main, other, 5, 2);
        store.WriteSnapshot(other.GetSnapshot()!);

        await using var again = await ShareLab.NodeAsync(main, _clock, store);
        Assert.Equal(hash, again.StateHash());
    }

    [Fact]
    public async Task A_snapshot_of_a_share_that_was_found_invalid_is_not_used()
    {
        var store = new MemoryBlockStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        var (_, shares) = await MineAsync(main, store, 4, 1);
        store.Write(new StoreChange([], [shares[^1].Value], [], shares[^2].Value));

        await using var again = await ShareLab.NodeAsync(main, _clock, store);
        Assert.Equal(shares[^2].Value, (await again.GetTipAsync()).Id);
        Assert.Equal(3, (await again.GetTipAsync()).Height);
    }

    private async Task<(Hash256 Hash, List<ShareId> Ids)> MineAsync(IMainchain main, IBlockStore store, int count, byte owner)
    {
        await using var node = await ShareLab.NodeAsync(main, _clock, store);
        var shares = await ShareLab.MineAsync(node, _clock, count, Coins.Owner(owner));
        return (node.StateHash(), [.. shares.Select(share => share.Id)]);
    }
}
