using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains.Stratum;
using Market.Contracts;
using Market.Sharechain;
using Market.Standing;
using Market.Testing.Chains;

namespace Market.Api.Tests.Standing;

/// <summary>Late work makes an authority, shares that expire are no stake, and what a ticket's header may change.</summary>
public sealed class LateTierTests(PostgresFixture postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registered_late_block_makes_its_key_an_authority_for_its_term()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        using var ann = await Trader.SignInAsync(host.Address, 1);
        var book = host.Get<StandingBook>();
        await host.MineMainAsync(20);
        var at = (await host.Main.GetTipAsync(Cancel)).Height - 8;
        await host.MineSharesAsync(3, Coins.Owner(7));
        var lost = await LostBlocks.OfAsync(
            host.Main, at, [LateRegistration.KeyOutput(new Hash256(Hex.Decode(ann.Key)))], Cancel);
        Assert.Equal(LateRefusal.None, (await host.Shares.CarryLateAsync(LateRegistration.Of(lost), Cancel)).Refusal);
        Assert.Equal(Tier.Newcomer, book.TierOf(ann.Key));

        await host.MineSharesAsync(1, Coins.Owner(7));
        await host.Get<HoldWatch>().LookAsync(Cancel);
        Assert.Equal(Tier.Authority, book.TierOf(ann.Key));
        var hold = Assert.Single(book.HoldsOf(ann.Key));
        Assert.Equal((StandingSource.LateWork, $"{host.Shares.Name}:{lost.Id}"), (hold.Source, hold.ProofId));
        // The term is counted from the block's height, in blocks, and told as time by the network's pace.
        var main = await host.Main.GetTipAsync(Cancel);
        var left = (long)at + host.Shares.Profile.Late!.Term - (await host.Shares.GetDirectoryAsync(Cancel)).MainHeight + 1;
        Assert.Equal(main.MedianTimePast + (left * NetworkProfile.Of(host.Main.Name).Spacing), hold.Until);
        host.Clock.Now = DateTimeOffset.FromUnixTimeSeconds(hold.Until - 1);
        Assert.Equal(Tier.Authority, book.TierOf(ann.Key));
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Tier.Newcomer, book.TierOf(ann.Key));
    }

    [Fact]
    public async Task Shares_that_expire_are_no_stake_whatever_is_claimed_of_them()
    {
        await using var host = await MarketHost.StartAsync(
            await postgres.NewDatabaseAsync(),
            profiles: [SharechainProfiles.P2ShareDevnet, SharechainProfile.Find("p2poolv2-devnet")!]);
        using var ann = await Trader.SignInAsync(host.Address, 1);
        var coin = $"{new string('a', 64)}:0";
        foreach (var (chain, words) in ((string, string)[])[
            ("p2poolv2-devnet", "Shares that expire are no bond"), ("p2share-devnet", "is not there")])
        {
            var refused = await ann.ProblemAsync(
                HttpMethod.Post, Routes.Bonds, new ProveBond { Chain = chain, Coin = coin, Kind = BondKind.Burned });
            Assert.Equal(ProblemCodes.BadProof, refused.Code);
            Assert.Contains(words, refused.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Of_a_ticket_s_header_time_within_bounds_nonce_and_version_bits_are_the_solver_s()
    {
        await using var host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());
        var template = await host.Shares.GetTemplateAsync(Coins.Owner(7), Cancel);
        var header = template.MainHeader;
        var last = template.Header.Time + ShareChecks.MostMainSecondsAhead;
        Assert.True(Is(header));
        Assert.True(Is(header with { Nonce = 7, Time = last }));
        Assert.True(Is(header with { Version = (int)((uint)header.Version ^ StratumWork.RollingMask) }));
        Assert.False(Is(header with { Version = header.Version ^ 1 }));
        Assert.False(Is(header with { Time = header.Time - 1 }));
        Assert.False(Is(header with { Time = last + 1 }));

        bool Is(BlockHeader solved) => WorkTemplates.IsWithin(template, solved);
    }
}
