using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using Market.Api.Analytics;
using Market.Api.Tests.Host;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Api.Tests.Orders;

/// <summary>What a price says of shares that expire: by the formulas as they are written down, and by a node's own state.</summary>
public sealed class WindowDiscountTests(PostgresFixture postgres)
{
    private const double Year = 31_557_600;
    private const string Series = "P2POOLV2-0-BTC";
    private const int Slots = 2;

    private static readonly SharechainProfile Row = SharechainProfile.Find("p2poolv2-devnet")!;

    // Every second hash makes a share.
    private static readonly SharechainProfile Quick = Row with
    {
        EasiestBits = new CompactTarget(0x207fffff),
        Genesis = Row.Genesis with { Bits = new CompactTarget(0x207fffff) },
        Payout = new PayoutDesign.Window(100_000_000, 220, Slots),
        TargetSpacing = 20,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    public void In_a_full_window_it_is_what_is_left_of_a_share_s_life(double rate)
    {
        var (reading, window) = (Reading(rate), InForce);
        var all = (long)(window / HashesPerShare * Quantity.UnitsPerShare);
        var payout = Payout(all, (Coins.Owner(1), all / 2), (Coins.Owner(2), all / 4));
        var said = WindowDiscount.Of(reading, Row, new Series(7, 100), payout, new Amount(312_500_000)).Value;

        // F (1 - a); m, tau and the parts as docs of the formulas have them, written out again.
        var aged = (reading.ShareHeight - 700) * reading.ShareWork / window;
        var fresh = (312_500_000 + reading.MainFees) * HashesPerShare / reading.MainWork;
        var tau = (1 - aged) * window / reading.Pool.HashesPerSecond;
        Near(fresh * (1 - aged), said.FaceValue);
        Near(fresh, said.FppsWorth!.Value);
        Near(tau, said.Inputs.Window!.LifeSeconds);
        var wait = Math.Exp(-rate / Year * 100 * reading.MainSpacing);
        Near(rate == 0 ? 1 : wait * (1 - Math.Exp(-rate * tau / Year)) / (rate * tau / Year), said.DTime);
        Near(1 - reading.Orphans, said.Model.Orphan);
        Near(1, said.Model.Fee * said.Model.Grinding);
        if (rate == 0) Near(1 - (reading.LockSeconds / tau), said.Model.Latency);
        Near(1 / Math.Sqrt((1 - aged) * window / reading.MainWork), said.Model.Variation!.Value);

        // S (S_top - x) / S_top^2 with S_top = 3/4 S and x = 1/4 S.
        Near(0.5 / (0.75 * 0.75), said.Model.TopBuyer!.Value);
        Assert.Equal((0.0, 0.0), (said.Model.TopOwner!.Value, said.OwnerPrice!.Value));
        var parts = said.Model;
        Near(parts.Fee * parts.Orphan * parts.Latency * parts.Grinding * parts.Variance * parts.TopBuyer.Value, parts.DParams);
        Near(said.FaceValue * said.DTime * parts.DParams, said.ModelPrice);
        Near(reading.Price!.Value.Sats / said.FaceValue, said.D!.Value);
        Near(said.D.Value / said.DTime / parts.DParams, said.RiskPremium!.Value);
        Near(reading.Price.Value.Sats / fresh, said.OverFpps!.Value);

        // No hashrate goes into the face value of a full window, and none is implied.
        Assert.Null(said.DError);
        Assert.Null(said.ImpliedHashrate);
        Assert.Equal((2, all / 4), (said.Inputs.Window.Holders, said.Inputs.Window.Buyer.Units));
    }

    [Fact]
    public void In_a_young_window_shares_are_paid_more_and_where_all_are_paid_both_prices_are_one()
    {
        var (reading, window) = (Reading(0), InForce);
        var all = (long)(0.25 * window / HashesPerShare * Quantity.UnitsPerShare);
        var payout = Payout(all, (Coins.Owner(1), all));
        var said = WindowDiscount.Of(reading, Row, new Series(7, 100), payout, new Amount(312_500_000)).Value;

        var (aged, filled) = ((reading.ShareHeight - 700) * reading.ShareWork / window, 0.25);
        var fresh = (312_500_000 + reading.MainFees) * HashesPerShare / reading.MainWork;
        Near(fresh * (Math.Log(1 / filled) + filled - aged), said.FaceValue);
        Assert.Equal((1.0, 1.0), (said.Model.TopBuyer!.Value, said.Model.TopOwner!.Value));
        Near(said.ModelPrice, said.OwnerPrice!.Value);
    }

    [Fact]
    public void Uncles_age_shares_as_their_work_weighs()
    {
        // A multiple of the mainchain's work, so that the window is no longer by the uncles.
        var row = Row with { Payout = new PayoutDesign.Window(10, 1_000_000, Slots) };
        var reading = Reading(0);
        var all = (long)(10 * reading.MainWork / HashesPerShare * Quantity.UnitsPerShare);
        var (alone, beside) = (Aged(reading), Aged(reading with { Beside = 1.5 }));
        Near((reading.ShareHeight - 890) * reading.ShareWork / (10 * reading.MainWork), alone);
        Near(1.5 * alone, beside);

        double Aged(DiscountReading read) => WindowDiscount.Of(
            read, row, new Series(89, 10), Payout(all, (Coins.Owner(1), all)), new Amount(312_500_000)).Value.Inputs.Window!.Aged;
    }

    [Fact]
    public async Task What_the_pace_is_told_from_has_the_uncles_that_blocks_name()
    {
        await using var host = await MarketHost.StartAsync(
            await postgres.NewDatabaseAsync(), profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        var node = host.AllShares[1];
        await host.MineSharesAsync(node, 5, Coins.Owner(1));
        // Two on one parent; the next names the one that lost.
        var rival = ShareLab.Solve(await node.GetTemplateAsync(Coins.Owner(2), Cancel));
        await host.MineSharesAsync(node, 1, Coins.Owner(1));
        Assert.Equal(SubmitCode.SideChain, (await node.SubmitShareAsync(rival, Cancel)).Code);
        await host.MineSharesAsync(node, 1, Coins.Owner(1));
        var tip = await node.GetTipAsync(Cancel);
        var nephew = (await node.GetShareAsync(new ShareId(tip.Id), Cancel))!;
        Assert.Equal([rival.Id], nephew.Header.Uncles);

        var rates = new Market.Api.Chains.Hashrates(new Market.Api.Chains.ChainPair(host.Main, node), ChainName.Sharechain);
        var sample = await rates.AtAsync(tip.Id, tip.Height, Cancel);
        Assert.Equal(nephew.Work.ToDouble(), sample.OldestFirst[^1].Work);
        var (all, uncle) = (sample.OldestFirst.Sum(block => block.Work), rival.Header.Bits.Work().ToDouble());
        Near(all / (all - uncle), sample.Beside);
    }

    [Fact]
    public void What_the_window_has_passed_is_told_from_where_it_begins_and_nobody_paid_is_no_worth()
    {
        var reading = Reading(0);
        var all = (long)(InForce / HashesPerShare * Quantity.UnitsPerShare);
        var payout = Payout(all, (Coins.Owner(1), all)) with { WindowStart = 731 };
        Assert.Equal(731, Of(new Series(7, 100), payout).Value.Inputs.Window!.Root);
        Assert.Equal(reading.ShareHeight, Of(null, payout).Value.Inputs.Window!.Root);
        Assert.Equal(ProblemCodes.ChainUnavailable, Of(new Series(7, 100), Payout(0)).Refusal!.Code);

        Market.Api.Results.Result<Discount> Of(Series? series, NextPayout next) =>
            WindowDiscount.Of(reading, Row, series, next, new Amount(312_500_000));
    }

    [Fact]
    public async Task A_series_discount_is_that_of_the_node_s_own_state()
    {
        await using var host = await MarketHost.StartAsync(
            await postgres.NewDatabaseAsync(), profiles: [SharechainProfiles.P2ShareDevnet, Quick]);
        var node = host.AllShares[1];
        for (var i = 0; i < 24; i++)
        {
            // Four of seven blocks are the first's, two the second's, and one the third's.
            var owner = i % 7 < 4 ? 1 : i % 7 < 6 ? 2 : 3;
            await host.MineSharesAsync(node, 1, Script.P2wsh(Coins.Owner(owner)));
        }

        var tip = await node.GetTipAsync(Cancel);
        Discount? said = null;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await host.Http.GetAsync(
                    new Uri(Routes.Discount.Replace("{instrument}", Series, StringComparison.Ordinal), UriKind.Relative), Cancel);
                var body = await answer.Content.ReadAsStringAsync(Cancel);
                Assert.True(answer.StatusCode == HttpStatusCode.OK || body.Contains("Fewer than", StringComparison.Ordinal), body);
                said = answer.StatusCode == HttpStatusCode.OK
                    ? await answer.Content.ReadFromJsonAsync<Discount>(MarketJson.Options, Cancel)
                    : null;
                return said?.Inputs.ShareHeight == tip.Height;
            },
            "the discount at the tip");
        var (inputs, window) = (said!.Inputs, said.Inputs.Window!);
        var (payout, figures) = (await node.GetNextPayoutAsync(Cancel), await node.GetFiguresAsync(Cancel));
        var (work, perShare) = (figures.NextBits.Work().ToDouble(), Math.Pow(2, 16));
        var hashes = Math.Min(100_000_000 * inputs.MainchainWork, 220 * work);
        var top = payout.Holders.Sum(holder => holder.Weight);
        Assert.Equal(Slots, payout.Holders.Length);
        Assert.True(top < payout.TotalUnits, "somebody is below the cut");
        var value = WindowValue.Of(new WindowValueInputs
        {
            Rate = inputs.Rate,
            HorizonYears = inputs.HorizonYears,
            Reward = inputs.Reward.Value,
            MainSpacing = inputs.MainSpacing,
            MainWork = inputs.MainchainWork,
            Window = hashes,
            HashesPerShare = perShare,
            PoolHashrate = inputs.PoolHashrate,
            Aged = (tip.Height - 1) * work / hashes,
            Filled = payout.TotalUnits / (double)Quantity.UnitsPerShare * perShare / hashes,
            Slots = new TopSlots(payout.TotalUnits, top, payout.Holders[^1].Weight),
            Orphans = inputs.Orphans,
            LockSeconds = inputs.LockSeconds,
        });
        Near(hashes, window.Hashes);
        Assert.Equal((1, Slots, top), (window.Root, window.Holders, window.Paid.Units));
        Near(value.Face, said.FaceValue, 1e-6);
        Near(value.Discounted, said.PresentValue, 1e-6);
        Near(value.ModelPrice, said.ModelPrice, 1e-6);
        Near(value.Model.TopBuyer, said.Model.TopBuyer!.Value);
        Assert.Equal(0.0, said.OwnerPrice!.Value);
        Assert.Null(inputs.HolderPart);
        Assert.True(said.FaceValue > 0 && said.ModelPrice > 0, "it is worth something");
    }

    private static double HashesPerShare => Math.Pow(2, 16);

    private static double InForce => Math.Min(
        Row.Window!.Multiplier * Reading(0).MainWork, Row.Window.MostBlocks * Reading(0).ShareWork);

    private static DiscountReading Reading(double rate) => new()
    {
        Instrument = Series,
        Price = new Price(50_000),
        Time = DateTimeOffset.UnixEpoch,
        Rate = rate,
        HorizonYears = 100,
        Pool = new HashrateEstimate(5_000, 0.5, 25, 50),
        Main = new HashrateEstimate(20_000, 0.1, 25, 250),
        Figures = new ShareFigures(new Amount(1), 1, 1, new CompactTarget(0x1f0fffff), 10),
        MainHeight = 100,
        ShareHeight = 900,
        MainFees = 12_345,
        MainSpacing = 20,
        MainWork = 400_000,
        Orphans = 0.01,
        LockSeconds = 60,
    };

    private static NextPayout Payout(long all, params (Script Script, long Units)[] holders) =>
        new(default, 901, all, ImmutableArray<PayoutDraw>.Empty)
        {
            Holders = [.. holders.Select(holder => new Holder(holder.Script, holder.Units))],
            WindowStart = 1,
        };

    private static void Near(double expected, double actual, double relative = 1e-9) =>
        Assert.True(Math.Abs(actual - expected) <= Math.Abs(expected) * relative, $"{actual} is not {expected}.");
}
