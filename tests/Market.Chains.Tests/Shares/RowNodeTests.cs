using Market.Bitcoin;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>A node of every row that is enforced, on the embedded mainchain: mined, with rivals, reopened.</summary>
public sealed class RowNodeTests
{
    private const int Many = 40;
    private static readonly Script Miner = Coins.Owner(20);
    private static readonly Script Other = Coins.Owner(21);
    private static readonly Script Third = Coins.Owner(22);

    private readonly ManualClock _clock = new();

    public static TheoryData<string> Enforced =>
        [.. SharechainProfile.All.Where(row => row.IsEnforced && row.TargetSpacing == 2).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Enforced))]
    public async Task A_row_is_mined_with_rivals_and_opened_again_as_it_was(string row)
    {
        var profile = SharechainProfile.Find(row)!;
        var store = new MemoryBlockStore();
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        Hash256 hash;
        var named = 0;
        await using (var node = await OpenAsync(profile, main, store))
        {
            for (var height = 1; height <= Many; height++)
            {
                // The rival's work is done on the same tip, and comes too late.
                _clock.Advance(TimeSpan.FromSeconds(2));
                var late = await node.GetTemplateAsync(Other);
                var share = ShareLab.Solve(await node.GetTemplateAsync(Miner));
                named += share.Named.Length;
                var result = await node.SubmitShareAsync(share);
                Assert.True(result.Code == SubmitCode.Accepted, $"{height}: {result.Code} {result.Detail}");
                var rival = profile.Weak is null ? ShareLab.Solve(late) : ShareLab.SolveWeak(await node.GetTemplateAsync(Other));
                var second = await node.SubmitShareAsync(rival);
                Assert.True(second.Code == SubmitCode.SideChain, $"{height}: {second.Code} {second.Detail}");
                Assert.Equal(profile.Weak is not null, second.IsWeak);
            }

            hash = node.StateHash();
            await AssertPayoutIsToldAsync(node);
        }

        Assert.Equal(profile.Weak is null && profile.Uncles is null ? 0 : Many - 1, named);
        await using (var again = await OpenAsync(profile, main, store))
        {
            Assert.Equal(hash, again.StateHash());
            Assert.Equal(Many, (await again.GetTipAsync()).Height);
        }

        // Of a snapshot of former rules the blocks are all that is needed.
        store.WriteSnapshot(new StoredSnapshot(store.GetTip()!.Value, new byte[] { 2, 0, 0, 0 }));
        await using var replayed = await OpenAsync(profile, main, store);
        Assert.Equal(hash, replayed.StateHash());
    }

    [Fact]
    public async Task What_spends_an_expired_output_leaves_the_mempool()
    {
        var profile = SharechainProfile.Find("p2poolv2-devnet")! with { Payout = new PayoutDesign.Window(10_000_000, 9, 20) };
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(profile, main, new MemoryBlockStore());
        await ShareLab.MineAsync(node, _clock, 8, Miner);
        var coin = await Coins.MatureAsync(node, Miner);

        // Of so low a fee that no template takes it.
        node.LeastFeeRate = new FeeRate(1_000_000_000);
        var spend = Coins.Spend(coin, Other);
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(spend)).Code);
        while (await node.FindUnspentAsync(coin.OutPoint, false) is not null)
        {
            Assert.NotEmpty(await node.FindUnconfirmedAsync(MempoolQuery.Of(spend.Id)));
            await ShareLab.MineAsync(node, _clock, 1, Miner);
        }

        Assert.Empty(await node.FindUnconfirmedAsync(MempoolQuery.Of(spend.Id)));
        Assert.NotEqual(BroadcastCode.Accepted, (await node.BroadcastAsync(spend)).Code);
    }

    [Fact]
    public async Task An_output_that_waits_has_the_root_height_that_it_will_have()
    {
        var profile = SharechainProfile.Find("p2poolv2-devnet")!;
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(profile, main, new MemoryBlockStore());
        await ShareLab.MineAsync(node, _clock, 9, Miner);
        var coins = (await node.GetCoinsAsync(Miner)).Where(coin => coin.IsSpendable(profile.Maturity)).ToList();
        Assert.All(coins, coin => Assert.Equal(coin.Height, coin.RootHeight));
        var (old, young) = (coins[0], coins[^1]);
        Assert.True(old.Height < young.Height);

        var moved = Coins.Spend(young, Other);
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(moved)).Code);
        Assert.Equal(young.Height, (await node.FindUnspentAsync(new OutPoint(moved.Id, 0)))!.RootHeight);
        var value = moved.Outputs[0].Value.Sats + old.Output.Value.Sats - 2_000;
        var merged = Coins.Spend(
            [(new OutPoint(moved.Id, 0), moved.Outputs[0].Value), (old.OutPoint, old.Output.Value)],
            [new TxOut(new Amount(value), Third)]);
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(merged)).Code);

        var waiting = Assert.Single(await node.GetCoinsAsync(Third));
        Assert.Equal((-1, old.Height), (waiting.Height, waiting.RootHeight));
        Assert.Equal(old.Height, (await node.FindUnspentAsync(waiting.OutPoint))!.RootHeight);
        await ShareLab.MineAsync(node, _clock, 1, Miner);
        var mined = (await node.FindUnspentAsync(waiting.OutPoint))!;
        Assert.Equal((10, old.Height), (mined.Height, mined.RootHeight));
        var left = old.Height + profile.Window!.MostBlocks - 10;
        var life = new ShareLife(old.Height, 10, 1, left, left, profile.TargetSpacing) { SteadyLeft = left };
        Assert.Equal(life, await node.GetLifeAsync(old.Height));
        // As it was when another block was the tip, and of a height that is not there yet.
        var before = (await node.GetPastLifeAsync(old.Height, 9))!.Value;
        Assert.Equal(life with { Height = 9, BlocksLeft = left + 1, SureLeft = left + 1, SteadyLeft = left + 1 }, before.Life);
        Assert.Equal((await node.GetTipAsync()).MedianTimePast, (await node.GetPastLifeAsync(old.Height, 10))!.Value.MedianTime);
        Assert.Equal(await node.GetBlockIdAsync(9), before.Id.Value);
        Assert.Equal(await node.GetBlockIdAsync(8), before.Parent.Value);
        Assert.Null(await node.GetPastLifeAsync(old.Height, 11));
    }

    [Fact]
    public async Task Where_shares_never_expire_no_output_has_a_root_height()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(SharechainProfiles.P2ShareDevnet, main, new MemoryBlockStore());
        await ShareLab.MineAsync(node, _clock, 2, Miner);

        Assert.All(await node.GetCoinsAsync(Miner), coin => Assert.Null(coin.RootHeight));
        await Assert.ThrowsAsync<NotSupportedException>(async () => await node.GetLifeAsync(1));
    }

    // An output that names what spends it: where that is no rule, anybody spends it as he likes.
    [Theory]
    [InlineData("p2share-next-devnet", BroadcastCode.Invalid)]
    [InlineData("p2share-devnet", BroadcastCode.Accepted)]
    public async Task The_mempool_is_held_to_the_row_s_rules_of_scripts(string row, BroadcastCode wrong)
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(SharechainProfile.Find(row)!, main, new MemoryBlockStore());
        await ShareLab.MineAsync(node, _clock, 8, Miner);
        var coin = await Coins.MatureAsync(node, Miner);
        var funded = new Amount(coin.Output.Value.Sats - 1_000);
        var template = Coins.Spend(default, funded, Other);
        var held = new ScriptBuilder().PushBytes(new TemplateHashes(template).CheckTemplateVerify(0).ToArray())
            .Op(Opcode.OP_CHECKTEMPLATEVERIFY).Build();
        var funding = Coins.Spend(coin, held);
        Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(funding)).Code);
        await ShareLab.MineAsync(node, _clock, 1, Miner);

        var from = new OutPoint(funding.Id, 0);
        Assert.Equal(wrong, (await node.BroadcastAsync(Coins.Spend(from, funded, Miner))).Code);
        if (wrong != BroadcastCode.Accepted)
        {
            Assert.Equal(BroadcastCode.Accepted, (await node.BroadcastAsync(Coins.Spend(from, funded, Other))).Code);
        }

        await ShareLab.MineAsync(node, _clock, 1, Miner);
        Assert.Null(await node.FindUnspentAsync(from, false));
    }

    [Fact]
    public async Task A_weak_share_is_taken_once_and_one_without_its_work_is_not()
    {
        var profile = SharechainProfile.Find("p2share-weak-devnet")!;
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(profile, main, new MemoryBlockStore());
        await ShareLab.MineAsync(node, _clock, 3, Miner);
        var template = await node.GetTemplateAsync(Other);
        var weak = ShareLab.SolveWeak(template);

        Assert.True((await node.SubmitShareAsync(weak)).IsWeak);
        Assert.Equal(SubmitCode.Duplicate, (await node.SubmitShareAsync(weak)).Code);
        var none = template.ToShare(Enumerable.Range(0, int.MaxValue)
            .Select(nonce => template.MainHeader with { Nonce = (uint)nonce })
            .First(header => !template.HandInTarget.IsMetBy(header.Id.Value)));
        Assert.Equal(ShareRefusal.WorkTooLow, (await node.SubmitShareAsync(none)).Refusal);
        var other = weak with { Transactions = [weak.Transactions[0], weak.Transactions[0]] };
        Assert.Equal(ShareRefusal.TxRoot, (await node.SubmitShareAsync(other)).Refusal);
        Assert.Equal([weak.Id], (await node.GetTemplateAsync(Miner)).Named.Select(each => each.Id));

        // The next share names it, and none after that one does.
        await ShareLab.MineAsync(node, _clock, 1, Miner);
        Assert.Empty((await node.GetTemplateAsync(Miner)).Named);
    }

    [Fact]
    public async Task A_weak_share_that_has_to_wait_is_a_block_of_the_mainchain_all_the_same()
    {
        var profile = SharechainProfile.Find("p2share-weak-devnet")!;
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(profile, main, new MemoryBlockStore());
        await ShareLab.MineAsync(node, _clock, 3, Miner);

        // Its miner's clock is three minutes ahead.
        _clock.Advance(TimeSpan.FromMinutes(3));
        var template = await node.GetTemplateAsync(Other);
        _clock.Advance(TimeSpan.FromMinutes(-3));
        var weak = ShareLab.SolveWeak(template, isMainBlock: true);
        var result = await node.SubmitShareAsync(weak);

        Assert.Equal((SubmitCode.Deferred, false), (result.Code, result.IsWeak));
        Assert.Equal(weak.Proof.MainHeader.Id, result.MainBlock);
        Assert.NotNull(result.MainResult);
    }

    [Fact]
    public async Task Weak_shares_that_wait_to_be_named_are_bounded_by_their_memory()
    {
        var profile = SharechainProfile.Find("p2share-weak-devnet")!;
        await using var main = await Lab.MainchainAsync(_clock, premine: 1);
        await using var node = await OpenAsync(profile, main, new MemoryBlockStore());
        var share = NamedShare.Of(ShareLab.SolveWeak(await node.GetTemplateAsync(Other)));
        var coinbase = share.Proof.MainCoinbase;
        var note = new TxOut(Amount.Zero, new Script(new byte[19_000]));
        var pool = new WeakPool();
        for (var i = 0; i < 400; i++)
        {
            var tagged = new Transaction(2, coinbase.Inputs, [.. coinbase.Outputs, note], (uint)i);
            var header = share.Proof.MainHeader with { Nonce = (uint)i };
            Assert.True(pool.Add(share with { Proof = share.Proof with { MainHeader = header, MainCoinbase = tagged } }, 0));
        }

        Assert.InRange(pool.All.Sum(ShareMemory.Of), WeakPool.MostBytes / 2, WeakPool.MostBytes);
        Assert.Equal(399u, pool.All[^1].Proof.MainHeader.Nonce);
    }

    // Who takes part makes up all that takes part, and whom the next share pays is among them: as its template pays them.
    private static async Task AssertPayoutIsToldAsync(ShareNode node)
    {
        var next = await node.GetNextPayoutAsync();
        var holders = await node.GetHoldersAsync();
        Assert.Equal((next.Parent, next.Height - 1, next.TotalUnits), (holders.Tip, holders.Height, holders.TotalUnits));
        Assert.True(holders.TotalUnits > 0);
        Assert.Equal(holders.TotalUnits, holders.Largest.Sum(holder => holder.Weight));
        Assert.Equal(holders.Count, holders.Largest.Select(holder => holder.Script).Distinct().Count());
        Assert.Equal(holders.Largest.Order(), holders.Largest);

        var template = await node.GetTemplateAsync(Coins.Owner(30));
        var coinbase = template.MainCoinbase.Outputs.Where(output => output.Value != Amount.Zero).ToList();
        Payees payees = node.Profile.Window is null
            ? new Payees.Drawn([.. next.Draws.Select(draw => draw.Coin.Payout!.Value)])
            : new Payees.Weighed(next.Holders);
        Assert.Equal(node.Profile.Window is null, next.Holders.IsEmpty);
        Assert.Equal(coinbase, payees.Outputs(new Amount(coinbase.Sum(output => output.Value.Sats))));
        Assert.Subset(holders.Largest.Select(holder => holder.Script).ToHashSet(), payees.Scripts.ToHashSet());
    }

    private Task<ShareNode> OpenAsync(SharechainProfile profile, IMainchain main, IBlockStore store) =>
        ShareNode.OpenAsync(profile, InterpreterRules.Consensus, store, main, _clock);
}
