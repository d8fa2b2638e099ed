using Market.Bitcoin;
using Market.Chains.P2PoolV2;
using Market.Testing.Chains;
using Market.Testing.Chains.P2PoolV2;

namespace Market.Chains.Tests.P2PoolV2;

/// <summary>A p2poolv2 node is read over HTTP, in both shapes of its answers, and nothing that it says reaches further than its own
/// figures.</summary>
public sealed class P2PoolReaderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(P2PoolVersion.BeforeV014)]
    [InlineData(P2PoolVersion.SinceV014)]
    public async Task Recorded_answers_of_both_versions_are_read_and_told_apart(P2PoolVersion version)
    {
        var chain = PoolChain.Recorded(version);
        await using var node = new PoolHost(chain);
        using var reader = ReaderOf(node, chain);
        var view = await reader.LookAsync(Cancel);
        var since = version == P2PoolVersion.SinceV014;
        Assert.Equal(version, view.Version);
        Assert.Equal((13, 14, 14), (view.Height, view.Candidate, view.Shares.Length));
        Assert.Equal(view.Shares[^1].Id, view.Tip);
        Assert.Equal(view.Shares[0].Id, view.Genesis);
        Assert.Equal(chain.Time.ToUnixTimeSeconds(), view.Shares[^1].Time);
        Assert.Equal(new CompactTarget(0x1a00b504).Work().ToDouble(), view.Shares[0].Work);
        Assert.Equal(new CompactTarget(since ? 0x17021f5bu : 0x1702369du), view.MainBits);
        Assert.Equal(view.MainBits.Work().ToDouble(), view.MainWork);
        Assert.Equal(since ? 965_700 : 958_400, view.MainHeight);
        Assert.Equal(314_006_500, view.Reward);
        // Four of the fourteen shares are of a miner whose blocks give 1 % away.
        Assert.Equal(0.01 * 4 / 14, view.Fee, 12);
        Assert.Equal(22_935_859_503_539_794_384.0, view.TotalWork);

        // Who is paid is a Bitcoin address in both, under another name; who owns the coin is told from 0.14 on.
        Assert.All(view.Shares, share => Assert.StartsWith("bc1q", share.Payee, StringComparison.Ordinal));
        Assert.All(
            view.Shares, share => Assert.Equal(since, share.Owner?.StartsWith("p2pool1p", StringComparison.Ordinal) ?? false));
        Assert.Equal(4, view.Shares.Select(share => share.Payee).Distinct().Count());
        Assert.Equal(1, view.Shares.Sum(share => share.Uncles.Length));
        Assert.DoesNotContain(view.Shares[11].Uncles.Single(), view.Shares.Select(share => share.Payee));

        // One block beside the chain is valid; the other is not.
        Assert.Equal((14, 14, 1), (view.Dag!.Heights, view.Dag.OnChain, view.Dag.Beside));
        Assert.Equal((3, 6_000.0), (view.Local!.Count, view.Local.Difficulty));
        Assert.Equal(chain.Time, view.Local.Newest);
    }

    [Fact]
    public async Task A_node_without_lists_that_came_later_is_read_without_them()
    {
        var chain = PoolChain.Recorded(P2PoolVersion.BeforeV014).Without("dag").Without("pplns_shares");
        await using var node = new PoolHost(chain);
        using var reader = ReaderOf(node, chain);
        var view = await reader.LookAsync(Cancel);
        Assert.Null(view.Dag);
        Assert.Null(view.Local);
        Assert.Equal(14, view.Shares.Length);
    }

    [Fact]
    public async Task Bits_may_be_eight_digits_as_the_documentation_writes_them()
    {
        var chain = PoolChain.Recorded(P2PoolVersion.SinceV014)
            .With("shares", answer =>
            {
                foreach (var share in answer["shares"]!.AsArray()) share!["bits"] = $"{(uint)share["bits"]!:x8}";
            });
        await using var node = new PoolHost(chain);
        using var reader = ReaderOf(node, chain);
        Assert.Equal(new CompactTarget(0x1a00b504).Work().ToDouble(), (await reader.LookAsync(Cancel)).Shares[0].Work);
    }

    [Fact]
    public async Task A_window_is_read_page_by_page_a_few_at_a_look_and_then_only_what_is_new()
    {
        var clock = new ManualClock();
        await using var node = new PoolHost(PoolChain.Played(450, clock.Now));
        using var reader = new P2PoolReader(P2PoolOptions.Of(node.Address) with { MostPages = 2 }, clock);
        Assert.Equal(200, (await reader.LookAsync(Cancel)).Shares.Length);
        Assert.Equal(2, Pages(node));
        Assert.Equal(300, (await reader.LookAsync(Cancel)).Shares.Length);
        Assert.Equal(400, (await reader.LookAsync(Cancel)).Shares.Length);
        var whole = await reader.LookAsync(Cancel);
        Assert.Equal(451, whole.Shares.Length);
        Linked(whole);
        Assert.Equal(8, Pages(node));

        node.Chain = PoolChain.Played(453, clock.Now.AddSeconds(30));
        var grown = await reader.LookAsync(Cancel);
        Assert.Equal((453, 454), (grown.Height, grown.Shares.Length));
        Linked(grown);
        Assert.Equal("/shares?to=453&num=9", node.Asked.Last(path => path.StartsWith("/shares", StringComparison.Ordinal)));
        Assert.Equal(9, Pages(node));
    }

    [Fact]
    public async Task What_lies_below_what_a_window_pays_is_not_asked_for()
    {
        var clock = new ManualClock();
        // A Bitcoin block takes as much as 250 of these shares.
        var bits = CompactTarget.FromTarget(U256.FromBigInteger(
            Target(0x1a00b2f0).ToBigInteger() / 250)).Bits;
        await using var node = new PoolHost(PoolChain.Played(2_000, clock.Now, bits));
        using var reader = ReaderOf(node, node.Chain, clock);
        Assert.Equal(300, (await reader.LookAsync(Cancel)).Shares.Length);
        Assert.Equal(300, (await reader.LookAsync(Cancel)).Shares.Length);
    }

    [Fact]
    public async Task A_reorganisation_replaces_what_it_replaced_and_a_deep_one_all()
    {
        var clock = new ManualClock();
        await using var node = new PoolHost(PoolChain.Played(300, clock.Now));
        using var reader = ReaderOf(node, node.Chain, clock);
        var before = await reader.LookAsync(Cancel);
        node.Chain = PoolChain.Played(301, clock.Now.AddSeconds(10), branch: "other", fork: 250);
        var after = await reader.LookAsync(Cancel);
        Linked(after);
        Assert.Equal(302, after.Shares.Length);
        Assert.Equal(before.Shares[249].Id, after.Shares[249].Id);
        Assert.NotEqual(before.Shares[250].Id, after.Shares[250].Id);

        node.Chain = PoolChain.Played(120, clock.Now, branch: "third");
        var again = await reader.LookAsync(Cancel);
        Linked(again);
        Assert.Equal((120, 121), (again.Height, again.Shares.Length));
    }

    [Fact]
    public async Task A_node_that_lost_what_is_older_is_read_in_part()
    {
        var clock = new ManualClock();
        await using var node = new PoolHost(PoolChain.Played(300, clock.Now));
        node.Alter = path => path == "shares" && node.Asked[^1].Contains("to=200", StringComparison.Ordinal)
            ? PoolAnswer.Of("""{"error":"Failed to query shares"}""", 500)
            : null;
        using var reader = ReaderOf(node, node.Chain, clock);
        Assert.Equal(100, (await reader.LookAsync(Cancel)).Shares.Length);
    }

    [Fact]
    public async Task Its_sign_in_is_basic_and_a_wrong_one_is_told()
    {
        var chain = PoolChain.Recorded(P2PoolVersion.SinceV014);
        await using var node = new PoolHost(chain, "admin:p@ss word");
        using var right = ReaderOf(new Uri($"http://admin:p%40ss%20word@127.0.0.1:{node.Address.Port}"), chain);
        Assert.Equal(13, (await right.LookAsync(Cancel)).Height);
        using var wrong = ReaderOf(new Uri($"http://admin:nothing@127.0.0.1:{node.Address.Port}"), chain);
        var told = await Assert.ThrowsAsync<P2PoolException>(() => wrong.LookAsync(Cancel));
        Assert.Equal(P2PoolTrouble.Denied, told.Trouble);
        Assert.DoesNotContain("nothing", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_a_chain_is_waited_for()
    {
        var chain = PoolChain.Recorded(P2PoolVersion.SinceV014);
        await using var node = new PoolHost(chain.With("chain_info", info =>
        {
            (info["chain_tip_height"], info["chain_tip_blockhash"], info["genesis_blockhash"]) = (null, null, null);
        }));
        using var reader = ReaderOf(node, chain);
        Assert.Equal(P2PoolTrouble.Away, (await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel))).Trouble);
    }

    private static int Pages(PoolHost node) =>
        node.Asked.Count(path => path.StartsWith("/shares", StringComparison.Ordinal));

    private static void Linked(P2PoolView view) => Assert.All(
        view.Shares.Zip(view.Shares.Skip(1)), pair => Assert.Equal(
            (pair.First.Id, pair.First.Height + 1), (pair.Second.Parent, pair.Second.Height)));

    private static U256 Target(uint bits) => new CompactTarget(bits).TryExpand(out var target) ? target : default;

    private static P2PoolReader ReaderOf(PoolHost node, PoolChain chain, ManualClock? clock = null) =>
        ReaderOf(node.Address, chain, clock);

    private static P2PoolReader ReaderOf(Uri address, PoolChain chain, ManualClock? clock = null) =>
        new(P2PoolOptions.Of(address), clock ?? new ManualClock(chain.Time));
}
