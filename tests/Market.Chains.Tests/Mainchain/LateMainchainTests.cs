using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Mainchain;

/// <summary>A Bitcoin node that is away when a program starts is a source that is away, and stops nothing else.</summary>
public sealed class LateMainchainTests : ServedChains
{
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");

    [Fact]
    public async Task It_says_why_it_is_away_and_is_there_once_it_answers()
    {
        var tries = 0;
        var isThere = false;
        // Not disposed, as the chain that it came to is the test's own.
        var late = Late(_ =>
        {
            Interlocked.Increment(ref tries);
            return Volatile.Read(ref isThere) ? Task.FromResult<IMainchain>(Main)
                : throw new ChainUnavailableException("Nobody is home.");
        });
        await late.FirstTryAsync(TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ChainUnavailableException>(async () => await late.GetTipAsync());
        Assert.Equal("Nobody is home.", error.Message);
        Assert.Equal("Nobody is home.", late.Away);
        Assert.Equal("regtest", late.Name);
        await using var events = late.SubscribeAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var next = events.MoveNextAsync();

        await Eventually.TrueAsync(() => Volatile.Read(ref tries) > 1, "it to be tried again");
        Assert.False(next.IsCompleted);
        Volatile.Write(ref isThere, true);
        await late.WaitLiveAsync(TestContext.Current.CancellationToken);
        Assert.Null(late.Away);
        Assert.Equal(await Main.GetTipAsync(), await late.GetTipAsync());
        Assert.True(await next);
        Assert.IsType<ChainEvent.Gap>(events.Current);
    }

    [Fact]
    public async Task One_that_hangs_is_away_and_one_of_another_network_is_not_tried_again()
    {
        await using var hanging = Late(
            async limit =>
            {
                await Task.Delay(Timeout.Infinite, limit);
                throw new InvalidOperationException();
            },
            TimeSpan.FromMilliseconds(50));
        await hanging.FirstTryAsync(TestContext.Current.CancellationToken);
        Assert.Contains("did not answer within", hanging.Away, StringComparison.Ordinal);

        var tries = 0;
        await using var other = Late(_ =>
        {
            tries++;
            throw new NotSupportedException("It runs signet.");
        });
        await Assert.ThrowsAsync<NotSupportedException>(() => other.FirstTryAsync(TestContext.Current.CancellationToken));
        Assert.Equal("It runs signet.", other.Away);
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await other.GetTipAsync());
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task Whatever_else_goes_wrong_it_is_away_says_why_and_is_tried_again()
    {
        var tries = 0;
        var late = Late(_ => Interlocked.Increment(ref tries) == 1
            ? throw new IOException("Another process has the folder.")
            : Task.FromResult<IMainchain>(Main));
        await late.FirstTryAsync(TestContext.Current.CancellationToken).WaitAsync(
            Eventually.Patience, TestContext.Current.CancellationToken);
        await late.WaitLiveAsync(TestContext.Current.CancellationToken).WaitAsync(
            Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, Volatile.Read(ref tries));

        await using var broken = Late(_ => throw new IOException("Another process has the folder."));
        await broken.FirstTryAsync(TestContext.Current.CancellationToken).WaitAsync(
            Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("Your Bitcoin node cannot be connected to: Another process has the folder.", broken.Away);
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await broken.GetTipAsync());
    }

    [Fact]
    public async Task Beside_another_source_it_is_one_that_is_away()
    {
        await using var late = Late(_ => throw new ChainUnavailableException("Nobody is home."));
        var several = new SeveralMainchain(
            [new NamedMainchain("your node", late), new NamedMainchain("peers", Main)], TimeProvider.System);
        Assert.Equal(await Main.GetTipAsync(), await several.GetTipAsync());
        Assert.Null(await several.FindDisagreementAsync());
        Assert.Equal([false, true], several.Sources.Select(source => source.IsCurrent));
    }

    [Fact]
    public async Task The_sharechain_is_followed_while_the_mainchains_node_is_away_from_the_start()
    {
        await MineAsync(12);
        using var http = Host.Client();
        await using (var chain = await OpenAsync(http, Main))
        {
            await FollowedAsync(chain);
        }

        // Mainchain blocks that nobody here has heard of.
        await MineAsync(3);
        var isThere = false;
        var late = Late(_ => Volatile.Read(ref isThere) ? Task.FromResult<IMainchain>(Main)
            : throw new ChainUnavailableException("Nobody is home."));
        await using (var chain = await OpenAsync(http, late))
        {
            await FollowedAsync(chain);
            Assert.Equal(Shares.StateHash(), chain.StateHash());
            Volatile.Write(ref isThere, true);
            await late.WaitLiveAsync(TestContext.Current.CancellationToken);
            await MineAsync(2);
            await FollowedAsync(chain);
        }

        await using var again = await OpenAsync(http, Main);
        await FollowedAsync(again);
    }

    [Fact]
    public async Task A_node_of_the_sharechain_that_is_away_at_the_start_is_followed_when_it_comes()
    {
        await MineAsync(1);
        using var http = Host.Client(new Gate(() => _isOpen));
        await using var chain = await OpenAsync(http, Main);
        var source = Assert.Single(chain.Sources);
        Assert.False(source.IsCurrent);
        await Eventually.TrueAsync(() => chain.Sources[0].Trouble is not null, "the reason to be told");
        _isOpen = true;
        await FollowedAsync(chain);
    }

    private volatile bool _isOpen;

    private async Task MineAsync(int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            await Main.MineAsync(1);
            await ShareLab.MineAsync(Shares, Clock, 1, Miner);
        }
    }

    private Task<RemoteSharechain> OpenAsync(HttpClient http, IMainchain main) => RemoteSharechain.OpenAsync(
        http, SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus,
        FileBlockStore.Open(Path.Combine(Folder, "shares")), main, Clock,
        new FollowerOptions { PollInterval = TimeSpan.FromMilliseconds(300), LongestPause = TimeSpan.FromMilliseconds(300) });

    private async Task FollowedAsync(RemoteSharechain chain) => await Eventually.TrueAsync(
        async () => (await chain.GetTipAsync()).Id == (await Shares.GetTipAsync()).Id, "the newest share");

    private static LateMainchain Late(Func<CancellationToken, Task<IMainchain>> connect, TimeSpan? patience = null) => new(
        Network, "Your Bitcoin node", connect, patience ?? Eventually.Patience, TimeProvider.System);

    private sealed class Gate(Func<bool> isOpen) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            isOpen() ? base.SendAsync(request, cancellationToken) : throw new HttpRequestException("Nobody is home.");
    }
}
