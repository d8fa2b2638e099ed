using System.Net.Http.Json;
using System.Security.Cryptography;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Tests.Standing;

/// <summary>What a key is told of its standing, and how it gives credits away, over HTTP.</summary>
public sealed class StandingRouteTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly PrivateKey Ann = PrivateKey.Create(SHA256.HashData("ann"u8));
    private static readonly PrivateKey Bob = PrivateKey.Create(SHA256.HashData("bob"u8));

    private MarketHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await MarketHost.StartAsync(await postgres.NewDatabaseAsync());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_key_that_nobody_knows_is_where_every_key_begins()
    {
        var standing = (await _host.Http.GetFromJsonAsync<KeyStanding>(PathOf(Ann), MarketJson.Options, Cancel))!;
        Assert.Equal((StandingTier.Newcomer, StandingTier.Newcomer, 0L), (standing.Tier, standing.EarnedTier, standing.Points));
        Assert.Equal((250, 0, 0), (standing.Gives.OpenOrders, standing.Held.Count, standing.Swaps.Count));
        Assert.Equal("settled swaps on 5 more days of a month, or bonds of value 250000 more", standing.NextTierNeeds);
        using var bad = await _host.Http.GetAsync($"{Routes.Standing}/nonsense", Cancel);
        Assert.Equal(ProblemCodes.ValidationFailed, (await ProblemAsync(bad)).Code);
    }

    [Fact]
    public async Task A_key_is_told_its_credits_its_tier_and_what_a_call_costs()
    {
        await EarnAsync(Ann, 75);
        await _host.Get<StandingBook>().HoldAsync(
            new StandingHold(StandingSource.FidelityBond, "coin", Of(Ann), 300_000, _host.Clock.Seconds + 60), Cancel);
        var own = await OwnAsync(Ann, "?operation=placeOrder");
        Assert.Equal((75L, 75L, CreditUnits.Most), (own.Credits, own.FreeCredits, own.MostCredits));
        Assert.Equal((StandingTier.Known, 1_200L, 500), (own.Public.Tier, own.Public.Points, own.Public.Gives.OpenOrders));
        Assert.Equal(("coin", 300_000L), (Assert.Single(own.Public.Held).ProofId, own.Public.Held[0].Value));
        Assert.Equal((WorkKind.Orders, 3, 0L), (own.Cost!.Kind!.Value, own.Cost.Weight, own.Cost.Price));
        Assert.Equal(Enum.GetValues<WorkKind>(), own.Load.Select(load => load.Kind));
        Assert.Equal(WorkKind.Cancels, (await OwnAsync(Ann, "?operation=cancelOrder")).Cost!.Kind);
        Assert.Equal(WorkKind.Swaps, (await OwnAsync(Ann, "?operation=giveSwapKeys")).Cost!.Kind);
        Assert.Equal(WorkKind.Reads, (await OwnAsync(Ann, "?operation=getBook")).Cost!.Kind);
        Assert.Null((await OwnAsync(Ann, "?operation=createChallenge")).Cost!.Kind);
        Assert.Null((await OwnAsync(Ann, "")).Cost);
        using var unknown = await SendAsync(Ann, HttpMethod.Get, $"{Routes.Standing}?operation=nonsense");
        Assert.Equal(ProblemCodes.ValidationFailed, (await ProblemAsync(unknown)).Code);
        using var nobody = await _host.Http.GetAsync(Routes.Standing, Cancel);
        Assert.Equal(ProblemCodes.AuthenticationRequired, (await ProblemAsync(nobody)).Code);
    }

    [Fact]
    public async Task Credits_are_given_once_for_each_id_however_often_it_is_asked()
    {
        await EarnAsync(Ann, 100);
        var first = await TransferAsync(Ann, Bob, 60, "one");
        _host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(first, await TransferAsync(Ann, Bob, 60, "one"));
        Assert.Equal((40L, 60L), (CreditsOf(Ann), CreditsOf(Bob)));
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(Ann, Of(Bob), 61, "one"));
        // Another giver's names are its own.
        await TransferAsync(Bob, Ann, 10, "one");
        Assert.Equal((50L, 50L), (CreditsOf(Ann), CreditsOf(Bob)));
    }

    [Fact]
    public async Task Nobody_gives_what_it_has_not_or_what_is_promised_to_a_call_of_it()
    {
        await EarnAsync(Ann, 100);
        Assert.True(_host.Get<StandingBook>().TryPromise(Of(Ann), 50));
        Assert.Equal(ProblemCodes.InsufficientCredits, await RefusedAsync(Ann, Of(Bob), 51, "more"));
        Assert.Equal((100L, 0L), (CreditsOf(Ann), CreditsOf(Bob)));
        await TransferAsync(Ann, Bob, 50, "more");
        Assert.Equal((50L, 50L), (CreditsOf(Ann), CreditsOf(Bob)));
        // What is promised can still be used.
        _host.Get<StandingBook>().Settle(Of(Ann), 50, 50);
        Assert.Equal(0, CreditsOf(Ann));
    }

    [Theory]
    [InlineData(0, "id")]
    [InlineData(-5, "id")]
    [InlineData(CreditUnits.Most + 1, "id")]
    [InlineData(5, "")]
    [InlineData(5, "no spaces")]
    [InlineData(5, "012345678901234567890123456789012")]
    public async Task What_is_no_transfer_is_refused(long amount, string id) =>
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(Ann, Of(Bob), amount, id));

    [Fact]
    public async Task To_oneself_is_none() =>
        Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(Ann, Of(Ann), 5, "id"));

    [Fact]
    public async Task A_session_s_token_gives_nothing_away()
    {
        using var trader = await Trader.SignInAsync(_host.Address, 1);
        await _host.Get<StandingBook>().CreditAsync(trader.Key, 50, StandingSource.MinedShares, "theirs", Cancel);
        Assert.Equal(ProblemCodes.AuthenticationRequired, await trader.RefusedAsync(
            HttpMethod.Post, Routes.CreditTransfers, new TransferCredits { To = Of(Bob), Amount = 5, Id = "id" }));
        Assert.Equal(50, _host.Get<StandingBook>().CreditsOf(trader.Key).Units);
    }

    [Fact]
    public async Task What_calls_use_and_what_was_given_is_there_after_a_restart()
    {
        var database = await postgres.NewDatabaseAsync();
        var first = await MarketHost.StartAsync(database);
        var book = first.Get<StandingBook>();
        await book.CreditAsync(Of(Ann), 100, StandingSource.MinedShares, "some", Cancel);
        book.TryPromise(Of(Ann), 30);
        book.Settle(Of(Ann), 30, 12);
        await book.FlushAsync(Cancel);
        await first.Get<CreditTransfers>().DoAsync(Of(Ann), Of(Bob), 40, "x", Cancel);
        await first.StopServerAsync();

        await using var second = await MarketHost.StartAsync(database, on: first);
        book = second.Get<StandingBook>();
        Assert.Equal((48L, 40L), (book.CreditsOf(Of(Ann)).Units, book.CreditsOf(Of(Bob)).Units));
        await second.Get<CreditTransfers>().DoAsync(Of(Ann), Of(Bob), 40, "x", Cancel);
        Assert.Equal((48L, 40L), (book.CreditsOf(Of(Ann)).Units, book.CreditsOf(Of(Bob)).Units));
    }

    private static string Of(PrivateKey key) => key.PublicKey.XOnly.ToString();

    private static string PathOf(PrivateKey key) => $"{Routes.Standing}/{Of(key)}";

    private long CreditsOf(PrivateKey key) => _host.Get<StandingBook>().CreditsOf(Of(key)).Units;

    private Task EarnAsync(PrivateKey key, long units) => _host.Get<StandingBook>().CreditAsync(
        Of(key), units, StandingSource.MinedShares, $"{Of(key)}-{units}", Cancel);

    private async Task<OwnStanding> OwnAsync(PrivateKey key, string query)
    {
        using var answer = await SendAsync(key, HttpMethod.Get, Routes.Standing + query);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<OwnStanding>(MarketJson.Options, Cancel))!;
    }

    private async Task<CreditTransfer> TransferAsync(PrivateKey from, PrivateKey to, long amount, string id)
    {
        using var answer = await SendAsync(from, HttpMethod.Post, Routes.CreditTransfers,
            new TransferCredits { To = Of(to), Amount = amount, Id = id });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        return (await answer.Content.ReadFromJsonAsync<CreditTransfer>(MarketJson.Options, Cancel))!;
    }

    private async Task<string> RefusedAsync(PrivateKey from, string to, long amount, string id)
    {
        using var answer = await SendAsync(from, HttpMethod.Post, Routes.CreditTransfers,
            new TransferCredits { To = to, Amount = amount, Id = id });
        return (await ProblemAsync(answer)).Code;
    }

    private Task<HttpResponseMessage> SendAsync(PrivateKey key, HttpMethod method, string path, object? body = null) =>
        SignedCalls.SendAsync(_host.Http, _host.Clock.Now, key, method, path, body, Cancel);

    private static async Task<Problem> ProblemAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<Problem>(MarketJson.Options, Cancel))!;
}
