using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>Weak shares that wait: who gives way where there is no room, and that an outage loses none.</summary>
public sealed class WeakSharesTests : IAsyncLifetime
{
    private static readonly SharechainProfile Row = SharechainProfile.Find("p2share-weak-devnet")!;

    private readonly ManualClock _clock = new();
    private EmbeddedMainchain _main = null!;
    private NamedShare _share = null!;

    public async ValueTask InitializeAsync()
    {
        _main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await ShareNode.OpenAsync(
            Row, InterpreterRules.Consensus, new MemoryBlockStore(), _main, _clock);
        _share = NamedShare.Of(ShareLab.SolveWeak(await node.GetTemplateAsync(Coins.Owner(20))));
    }

    public async ValueTask DisposeAsync() => await _main.DisposeAsync();

    [Fact]
    public void Where_too_many_wait_the_least_work_gives_way_and_not_the_oldest()
    {
        var pool = new WeakPool();
        Assert.True(_share.Header.WeakBits.TryExpand(out var target));
        var easier = CompactTarget.FromTarget(U256.FromBigInteger(target.ToBigInteger() * 2));
        Assert.True(easier.Work() < _share.Header.WeakBits.Work());
        for (var i = 0; i < WeakPool.MostWaiting; i++)
        {
            pool.Wait(i == 7 ? Numbered(7, easier) : Numbered(i));
        }

        pool.Wait(Numbered(WeakPool.MostWaiting));
        Assert.Equal(
            Enumerable.Range(0, WeakPool.MostWaiting + 1).Where(i => i != 7).Select(i => Numbered(i).Id),
            pool.Waiting.Select(each => each.Id));

        // One of less work than all of them gives way itself.
        pool.Wait(Numbered(100, easier));
        Assert.Equal(WeakPool.MostWaiting, pool.WaitingCount);
        Assert.DoesNotContain(Numbered(100, easier).Id, pool.Waiting.Select(each => each.Id));
    }

    [Fact]
    public async Task While_the_mainchain_is_away_those_that_wait_go_on_waiting()
    {
        var isAway = true;
        var isParentHere = false;
        NamedShare[] shares = [Numbered(1), Numbered(2), Numbered(3)];
        var taken = new List<ShareId>();
        var weak = new WeakShares(
            Row, new MainView(_main, _clock),
            share => (Verdict(share), 0),
            (_, _) => isAway ? throw new ChainUnavailableException("away") : ValueTask.FromResult<BlockHeader?>(null),
            share => taken.Add(share.Id));
        foreach (var share in shares)
        {
            Assert.Equal(SubmitCode.Deferred, (await weak.TakeAsync(share, true, 0, default)).Code);
        }

        isParentHere = true;
        await Assert.ThrowsAsync<ChainUnavailableException>(() => weak.RetryAsync(0, TestContext.Current.CancellationToken));
        Assert.Equal([shares[0].Id], taken);
        Assert.Equal(2, weak.WaitingCount);

        isAway = false;
        await weak.RetryAsync(0, TestContext.Current.CancellationToken);
        Assert.Equal(shares.Select(share => share.Id), taken);
        Assert.Equal(0, weak.WaitingCount);

        ShareVerdict Verdict(NamedShare share) => !isParentHere ? ShareRefusal.ParentUnknown
            : isAway && share.Id != shares[0].Id ? ShareRefusal.MainPreviousUnknown
            : ShareVerdict.Valid;
    }

    private NamedShare Numbered(int nonce, CompactTarget? bits = null) => _share with
    {
        Header = bits is { } stated ? _share.Header with { WeakBits = stated } : _share.Header,
        Proof = _share.Proof with
        {
            MainHeader = _share.Proof.MainHeader with { Nonce = (uint)nonce, Previous = new BlockId(Hash256.DoubleSha256([7])) },
        },
    };
}
