using System.Net;
using System.Net.Http.Json;
using Market.Api.Chains;
using Market.Api.Hosting;
using Market.Api.Results;
using Market.Api.Tests.Doors;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Tests.Interface;

/// <summary>What answers say, and what they do not.</summary>
public sealed class AnswerTests(MarketFixture fixture) : IClassFixture<MarketFixture>
{
    private HttpClient Http => fixture.Host.Http;

    [Theory]
    [InlineData("/swaps/%20")]
    [InlineData("/explorer/mainchain/blocks/%20")]
    [InlineData("/explorer/sharechain/tx/%20")]
    [InlineData("/explorer/%20/blocks/1")]
    [InlineData("/explorer/%20/tx/1")]
    public async Task A_page_of_nothing_is_not_there(string path)
    {
        using var answer = await Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/echo-me")]
    [InlineData("/echo-me")]
    [InlineData("/swaps/echo-me")]
    public async Task What_is_not_there_is_not_repeated(string path)
    {
        using var answer = await Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain("echo-me", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_size_of_a_block_is_that_of_all_its_bytes()
    {
        var chains = fixture.Host.Get<ChainPair>();
        var main = await BlocksAsync(ChainName.Mainchain);
        foreach (var block in main)
        {
            var whole = await chains.Main.GetFullBlockAsync(new BlockId(Hash256.Parse(block.Id)));
            Assert.Equal(whole!.ToArray().Length, block.Size);
        }
        var shares = await BlocksAsync(ChainName.Sharechain);
        foreach (var block in shares.Where(block => block.Height > 0))
        {
            var whole = await chains.Shares.GetShareAsync(new ShareId(Hash256.Parse(block.Id)));
            Assert.Equal(whole!.ToArray().Length, block.Size);
        }
        Assert.Equal(chains.Shares.Profile.Genesis.ToArray().Length, shares.Single(block => block.Height == 0).Size);
        Assert.True(main.Count > 1 && shares.Count > 1);
    }

    private async Task<IReadOnlyList<BlockSummary>> BlocksAsync(ChainName chain) =>
        (await Http.GetFromJsonAsync<Page<BlockSummary>>(
            $"/api/v1/chains/{WireEnum.Name(chain)}/blocks?limit=50", MarketJson.Options))!.Items;

    [Fact]
    public async Task The_description_is_one_document_and_spares_its_bytes()
    {
        using var first = await Http.GetAsync("/openapi/v1.json");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var spared = await Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, spared.StatusCode);
        var file = fixture.Host.Get<Hosting.OpenApi.OpenApiFile>();
        Assert.Same(await file.ReadAsync(default), await file.ReadAsync(default));
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await file.ReadAsync(default));
    }

    [Fact]
    public async Task Another_host_is_refused_on_pages_and_interface()
    {
        foreach (var path in new[] { "/", Routes.Time, Streams.HubPath })
        {
            using var rebound = new HttpRequestMessage(HttpMethod.Get, path);
            rebound.Headers.Host = "evil.example";
            using var refused = await Http.SendAsync(rebound);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        foreach (var name in new[] { "localhost", "127.0.0.1:1" })
        {
            using var own = new HttpRequestMessage(HttpMethod.Get, Routes.Time);
            own.Headers.Host = name;
            using var answer = await Http.SendAsync(own);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("http://0.0.0.0:80", true)]
    [InlineData("http://*:80", true)]
    [InlineData("http://[::]:80", true)]
    [InlineData("http://market.example", false)]
    [InlineData("http://[::1]:80", false)]
    public void Any_host_is_taken_only_where_nobody_said_which_and_that_is_said(string urls, bool any)
    {
        var options = new ServerOptions { Urls = urls };
        Assert.Equal(any, HostNames.TakesAny(options));
        Assert.Equal(any, options.Warnings.Any(warning => warning.Contains("--host", StringComparison.Ordinal)));
        Assert.False(HostNames.TakesAny(options with { Hosts = ["market.example"] }));
    }

    [Fact]
    public async Task What_a_key_reads_is_kept_by_no_cache()
    {
        using var trader = await Trader.SignInAsync(fixture.Host.Address, 9_200);
        foreach (var path in new[] { Routes.Account, Routes.Orders, Routes.Fills, $"{Routes.Swaps}?mine=true" })
        {
            using var answer = await trader.Http.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.True(answer.Headers.CacheControl?.NoStore, path);
        }
        using var stranger = await Http.GetAsync(Routes.Account);
        Assert.True(stranger.Headers.CacheControl?.NoStore);
        using var challenge = await Http.PostAsJsonAsync(
            Routes.Challenges, new CreateChallenge { Key = trader.Key }, MarketJson.Options);
        Assert.True(challenge.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task The_body_limit_that_is_said_is_the_one_that_holds()
    {
        var limits = (await Http.GetFromJsonAsync<Limits>(Routes.Limits, MarketJson.Options))!;
        Assert.Equal(NodeHttpService.LargestBody, limits.MaxBlockBytes);
        Assert.Equal(422, await StatusAsync(limits.MaxBlockBytes));
        Assert.Equal(413, await StatusAsync(limits.MaxBlockBytes + 1));

        async Task<int> StatusAsync(int length)
        {
            using var client = await RawClient.ConnectAsync(fixture.Host.Address, "127.0.0.1");
            await client.SendAsync(
                $"POST {Routes.Root}/node/mainchain/tx HTTP/1.1\r\nHost: {fixture.Host.Address.Authority}\r\n"
                + $"Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n");
            var answer = RawClient.StatusOf(await client.ReadAsync());
            if (answer != 100) return answer;
            await client.SendAsync(new string('0', length));
            return RawClient.StatusOf(await client.ReadAsync());
        }
    }
}
