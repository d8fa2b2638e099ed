using Market.Api.Chains;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;
using Microsoft.Extensions.Logging.Abstractions;

namespace Market.Api.Tests.Chains;

/// <summary>The explorer says whom a share of every row pays and why, and what it says can be computed again.</summary>
public sealed class PayoutRowsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("p2share-devnet")]
    [InlineData("p2share-k20-devnet")]
    [InlineData("p2share-redeem-devnet")]
    [InlineData("p2share-weak-devnet")]
    [InlineData("p2poolv2-devnet")]
    [InlineData("p2pool-devnet")]
    [InlineData("p2share-join-devnet")]
    [InlineData("p2share-next-devnet")]
    public async Task Every_row_says_who_is_paid_and_why(string row)
    {
        var profile = SharechainProfile.Find(row)!;
        var clock = new ManualClock();
        await using var main = await EmbeddedMainchain.OpenAsync(
            Lab.Options(), InterpreterRules.Consensus, new MemoryBlockStore(), clock, Cancel);
        await using var shares = await ShareNode.OpenAsync(
            profile, InterpreterRules.Consensus, new MemoryBlockStore(), main, clock, cancellation: Cancel);
        await using var watchers = new ChainWatchers(clock);
        await using var indexes = new ChainIndexes(watchers, clock, NullLogger<ChainIndexes>.Instance);
        var explorer = new Explorer(new ChainPair(main, shares), indexes);
        await SeenAsync(indexes, shares);

        var owner = Script.P2wsh(Coins.Owner(4));
        for (var i = 0; i < 8; i++)
        {
            await ShareLab.MineAsync(shares, clock, 1, owner);
            await SeenAsync(indexes, shares);
        }

        var share = (await shares.GetShareAsync(new ShareId((await shares.GetTipAsync(Cancel)).Id), Cancel))!;
        var parent = share.Header.Parent;
        var proof = (await explorer.BlockAsync(ChainName.Sharechain, share.Id.ToString(), Cancel))!.Proof!;
        Assert.Equal(profile.Payout.Words, proof.Rule);
        Assert.Equal(proof.Amount.Value, proof.Payees.Sum(payee => payee.Amount.Value));
        var paid = BitcoinAddress.FromScript(owner, main.Network).ToString();
        Assert.All(proof.Payees, payee => Assert.Equal(paid, payee.Address));
        Assert.Equal(profile.Winners, proof.Draws.Count);
        Assert.Equal(profile.Window is not null, proof.Window is not null);
        var total = proof.Total!.Value.Units;
        Assert.True(total > 0, "shares take part");
        Assert.All(proof.Draws, draw => Assert.Equal(Draws.Unit(parent, draw.Index, total), draw.Unit.Units));
        Assert.DoesNotContain("is not kept here", proof.Reason, StringComparison.Ordinal);
        if (profile.Window is not null) Assert.Equal(total, proof.Payees.Single().Weight!.Value.Units);

        // The first share had nobody below it, and one that was not seen as the tip says so.
        var first = (await explorer.BlockAsync(ChainName.Sharechain, "1", Cancel))!.Proof!;
        Assert.Contains("Nobody held a share", first.Reason, StringComparison.Ordinal);
        await using var late = new ChainIndexes(watchers, clock, NullLogger<ChainIndexes>.Instance);
        var unseen = (await new Explorer(new ChainPair(main, shares), late).BlockAsync(ChainName.Sharechain, "3", Cancel))!.Proof!;
        Assert.Null(unseen.Total);
        Assert.Empty(unseen.Draws);
        Assert.Contains("is not kept here", unseen.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_that_became_a_Bitcoin_block_says_what_became_of_that()
    {
        var clock = new ManualClock();
        await using var main = await EmbeddedMainchain.OpenAsync(
            Lab.Options(), InterpreterRules.Consensus, new MemoryBlockStore(), clock, Cancel);
        await using var shares = await ShareLab.NodeAsync(main, clock);
        await using var watchers = new ChainWatchers(clock);
        await using var indexes = new ChainIndexes(watchers, clock, NullLogger<ChainIndexes>.Instance);
        var explorer = new Explorer(new ChainPair(main, shares), indexes);
        var (height, fate) = (0, (string?)null);
        while (fate is null)
        {
            await ShareLab.MineAsync(shares, clock, 1, Script.P2wsh(Coins.Owner(4)));
            var proof = (await explorer.BlockAsync(ChainName.Sharechain, $"{++height}", Cancel))!.Proof!;
            Assert.Equal(proof.IsMainBlock, proof.Fate is not null);
            fate = proof.Fate;
        }
        Assert.Matches(@"^It is Bitcoin block #[\d,]+, with 1 confirmation\.$", fate);
    }

    [Theory]
    [InlineData(true, 109, "Frozen: destroyed once a share builds on Bitcoin block #110")]
    [InlineData(true, 110, "Destroyed since the first share that built on Bitcoin block #110")]
    [InlineData(false, 109, "Frozen: free again once")]
    [InlineData(false, 110, "Free again since")]
    public void What_was_drawn_to_be_destroyed_says_how_it_stands(bool stands, int tip, string words) =>
        Assert.StartsWith(words, PayoutWords.Redemption(stands, tip, 110), StringComparison.Ordinal);

    [Theory]
    [InlineData("p2share-devnet", 0, 0.25)]
    [InlineData("p2share-k20-devnet", 0, 0.996828788)]
    [InlineData("p2poolv2-devnet", 19, 1.0)]
    [InlineData("p2poolv2-devnet", 20, 0.0)]
    [InlineData("p2pool-devnet", 5_000, 1.0)]
    public void A_quarter_of_the_shares_has_the_chance_that_the_rule_gives_it(string row, int rank, double chance)
    {
        var found = Chances.Of(25, rank, 100, SharechainProfile.Find(row)!);
        Assert.Equal((25, 0.25), (found.Weight.Units, found.Part));
        Assert.Equal(chance, found.Chance, 9);
    }

    private static Task SeenAsync(ChainIndexes indexes, ShareNode shares) => Eventually.TrueAsync(async () =>
    {
        var tip = (await shares.GetTipAsync(Cancel)).Id;
        return indexes.PayoutAfter(shares, new ShareId(tip)) is not null && indexes.Of(shares).Tip?.Id == tip;
    }, "the explorer sees the tip");
}
