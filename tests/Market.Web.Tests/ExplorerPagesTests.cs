using System.Net;
using Market.Contracts;
using Market.Web.Tests.Host;

namespace Market.Web.Tests;

/// <summary>What the explorer's pages say, as the server writes them.</summary>
public sealed class ExplorerPagesTests : IAsyncLifetime
{
    private const string Other = "P2SHARE-K20-BTC";

    private RecordedMarket _market = null!;
    private PageHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _market = new RecordedMarket(TimeProvider.System) { Other = Other };
        _host = await PageHost.StartAsync(_market.Filled());
        _http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(_host.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_search_that_means_one_thing_goes_there_and_one_that_means_several_lists_them()
    {
        using var one = await _http.GetAsync(new Uri("/explorer?q=100", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.StartsWith("/explorer/mainchain/blocks/", one.Headers.Location!.ToString(), StringComparison.Ordinal);
        var several = await ReadAsync("/explorer?q=deadbeef");
        string[] all =
        [
            "4 things are meant", "Share block #7 of p2share-devnet", "Transaction of p2share-k20-devnet, unconfirmed",
            $"/explorer/sharechain/tx/{SwapScript.Hex("tx")}?instrument={Other}", "Address of mainchain",
            "/explorer/mainchain/address/",
            "Swap of P2SHARE-BTC", $"/swaps/{SwapScript.Hex("swap")[..32]}",
        ];
        foreach (var expected in all) Assert.Contains(expected, several, StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", await ReadAsync("/explorer?q=nothing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_found_on_the_chain_of_a_series_is_linked_by_the_series_also_where_that_is_the_first()
    {
        _market.FirstSeries = RecordedMarket.SeriesOf(SeriesState.Closed);
        var found = await ReadAsync("/explorer?q=deadbeef");
        var block = RecordedMarket.BlockId(ChainName.Sharechain, 7);
        Assert.Contains(
            $"/explorer/sharechain/blocks/{block}?instrument={RecordedMarket.First}", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_says_who_would_be_paid_and_why_by_every_part_of_the_rules()
    {
        var page = await ReadAsync("/explorer/sharechain/blocks/51201");
        string[] all =
        [
            "Who would have been paid, and why: 20 drawn owners", "5,000,000,000", "would have gone to 3 outputs",
            "The output that holds the q-th unit", "did not meet the mainchain's target", "The 3 draws, to be computed again",
            "254,120,000,000,000",
            "120,411,755,000,002",
            "The window began at share", "2 of the largest fell out", "Frozen until then.", "Weak shares that it names",
            SwapScript.Hex("late"), "names the key", "1,666,666,666", "70.0000",
        ];
        foreach (var expected in all) Assert.Contains(expected, page, StringComparison.Ordinal);
        var block = await ReadAsync("/explorer/sharechain/blocks/51202");
        Assert.Contains("Who was named to be paid, and why", block, StringComparison.Ordinal);
        Assert.Contains("It is Bitcoin block #9,310", block, StringComparison.Ordinal);
        Assert.DoesNotContain("became a Bitcoin block", block, StringComparison.Ordinal);
        Assert.DoesNotContain("Who is paid", block, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_paid_is_not_said_to_have_mined()
    {
        var main = await ReadAsync("/explorer/mainchain/blocks/9300");
        Assert.Contains(">Paid to<", main, StringComparison.Ordinal);
        Assert.DoesNotContain("Mined by", main, StringComparison.Ordinal);
        Assert.Contains(">Mined by<", await ReadAsync("/explorer/sharechain/blocks/51201"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_has_time_fee_spender_and_swap()
    {
        var page = await ReadAsync($"/explorer/mainchain/tx/{SwapScript.Hex("some")}");
        string[] all =
        [
            "153 sat", "1.1 sat/vB", " UTC", $"/swaps/{_host.Market.Newest(1)[0].Id}", "245,453 sat", "spent by",
            $"/explorer/mainchain/tx/{SwapScript.Hex("spender")}", "data (OP_RETURN)",
        ];
        foreach (var expected in all) Assert.Contains(expected, ShownAmounts.Plain(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_has_coins_by_state_its_chance_and_what_it_was_paid()
    {
        var page = await ReadAsync($"/explorer/sharechain/address/{RecordedMarket.MinerOf(RecordedMarket.First)}");
        string[] all =
        [
            "900.0000 shares", "350.0000 shares", "1,300.0000 shares", "3.60\u2009%", "#46,884", "minted, unspent", "spent by",
            "/mine?address=",
        ];
        foreach (var expected in all) Assert.Contains(expected, page, StringComparison.Ordinal);
        var main = await ReadAsync("/explorer/mainchain/address/bcrt1qxyz");
        Assert.DoesNotContain("next payout", main, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Holders_have_parts_and_chances_and_smaller_ones_are_a_page_away()
    {
        var page = await ReadAsync("/explorer/holders");
        string[] all =
        [
            "1 drawn owner", "41", "30.0\u2009%", "3.75\u2009%", "0.0073\u2009%", "script 5121", "/explorer/holders?from=50",
        ];
        foreach (var expected in all) Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.DoesNotContain("Smaller holders", await ReadAsync("/explorer/holders?from=50"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocks_found_are_listed_with_their_fate_in_words()
    {
        var page = await ReadAsync("/explorer");
        string[] all =
        [
            "Bitcoin blocks that p2share-devnet found", "The newest 6 of 1,000.",
            "waiting for an answer of the Bitcoin node, to which it is offered for an hour: connection refused",
            "accepted: it is a block", "stale: another block of its height was there before",
            "orphaned: it was in Bitcoin's best chain", "refused by the Bitcoin node: bad-txns-inputs-missingorspent",
            "unknown: the Bitcoin node here does not have it: no answer within an hour", ", since <time",
            "weak share, height 51,202", ">share #51,200<",
        ];
        foreach (var expected in all) Assert.Contains(expected, page, StringComparison.Ordinal);

        // What the node has is linked, and nothing else; a weak share is no block of its chain.
        var table = page[page.IndexOf("id=\"h-found\"", StringComparison.Ordinal)..];
        Assert.Equal(3, table.Split("/explorer/mainchain/blocks/").Length - 1);
        Assert.Equal(5, table.Split("/explorer/sharechain/blocks/").Length - 1);
        Assert.Contains("None yet", await ReadAsync($"/explorer?instrument={Other}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_and_a_Bitcoin_block_tell_of_each_other_and_of_the_fate()
    {
        var share = await ReadAsync("/explorer/sharechain/blocks/51204");
        Assert.Contains("refused by the Bitcoin node: bad-txns-inputs-missingorspent, since ", share, StringComparison.Ordinal);
        Assert.Contains("As Bitcoin block", share, StringComparison.Ordinal);
        var block = await ReadAsync($"/explorer/mainchain/blocks/9303?instrument={Other}");
        Assert.Contains("share #51,203 of p2share-devnet", block, StringComparison.Ordinal);
        Assert.Contains("?instrument=P2SHARE-BTC\"", block, StringComparison.Ordinal);
        Assert.Contains("orphaned: ", block, StringComparison.Ordinal);
        Assert.Contains(
            "a weak share of p2share-devnet", await ReadAsync("/explorer/mainchain/blocks/9302"), StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"fate\"", await ReadAsync("/explorer/mainchain/blocks/9200"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0\u2009%")]
    [InlineData(1, "100.0\u2009%")]
    [InlineData(0.036, "3.60\u2009%")]
    [InlineData(0.00036, "0.036\u2009%")]
    [InlineData(0.0000001, "under 0.0001\u2009%")]
    public void A_chance_has_two_digits_that_say_something(double chance, string words) =>
        Assert.Equal(words, ExplorerText.Chance(chance));

    [Theory]
    [InlineData("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", true)]
    [InlineData("51210279be", false)]
    [InlineData("", false)]
    public void A_script_without_an_address_is_not_linked_as_one(string name, bool isAddress) =>
        Assert.Equal(isAddress, ExplorerText.IsAddress(name));

    private async Task<string> ReadAsync(string path) =>
        WebUtility.HtmlDecode(await _http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));
}
