using System.Globalization;
using System.Text.Json.Nodes;
using System.Web;
using Market.Chains.P2PoolV2;
using Market.Testing.Chains;
using Market.Testing.Chains.P2PoolV2;

namespace Market.Chains.Tests.P2PoolV2;

/// <summary>What a broken or lying p2poolv2 node answers is refused, in words that repeat none of it, and a later look that goes
/// well is as good as any.</summary>
public sealed class P2PoolRefusalTests
{
    private static readonly PoolChain Good = PoolChain.Recorded(P2PoolVersion.SinceV014);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Member by member: a path of the answer, what is put there, and what is said.</summary>
    public static TheoryData<string, string, string, string> Lies => new()
    {
        { "chain_info", "chain_tip_height", "-1", "chain_tip_height is no height" },
        { "chain_info", "chain_tip_height", "4294967296", "chain_tip_height is no height" },
        { "chain_info", "chain_tip_height", "\"13\"", "chain_tip_height is no height" },
        { "chain_info", "chain_tip_height", "13.5", "chain_tip_height is no height" },
        { "chain_info", "chain_tip_height", "1e400", "chain_tip_height is no height" },
        { "chain_info", "chain_tip_height", "2000000000", "other heights" },
        { "chain_info", "chain_tip_blockhash", "\"00\"", "chain_tip_blockhash is no hash" },
        { "chain_info", "chain_tip_blockhash", "\"zz\"", "chain_tip_blockhash is no hash" },
        { "chain_info", "genesis_blockhash", "7", "genesis_blockhash is no hash" },
        { "chain_info", "total_work", "\"0x\"", "total_work is no hexadecimal number" },
        { "chain_info", "total_work", "\"12ab\"", "total_work is no hexadecimal number" },
        { "chain_info", "total_work", "\"0x-1\"", "total_work is no hexadecimal number" },
        { "chain_info", "total_work", "12", "total_work is no hexadecimal number" },
        { "chain_info", "top_candidate_height", "[]", "top_candidate_height is no height" },
        { "shares", "shares", "{}", "shares is no list" },
        { "shares", "shares", "[]", "heights asked for are missing" },
        { "shares", "shares/0/height", "12", "not each on the one before" },
        { "shares", "shares/3/blockhash", "\"\"", "blockhash is no hash" },
        { "shares", "shares/3/prev_blockhash", $"\"{new string('1', 64)}\"", "not each on the one before" },
        { "shares", "shares/0/timestamp", "-1", "timestamp is no time" },
        { "shares", "shares/0/timestamp", "4294967296", "timestamp is no time" },
        { "shares", "shares/0/timestamp", "4294967295", "two hours from now" },
        { "shares", "shares/0/bits", "0", "bits is no target" },
        { "shares", "shares/0/bits", "-3", "bits is no target" },
        { "shares", "shares/0/bits", "8388609", "bits is no target" },
        { "shares", "shares/0/bits", "4278190335", "bits is no target" },
        { "shares", "shares/0/bits", "1e10", "bits is no target" },
        { "shares", "shares/0/bits", "\"1d00ffff0\"", "bits is no target" },
        { "shares", "shares/0/bits", "\"+1d00fff\"", "bits is no target" },
        // A target of one: 2^255 hashes a share.
        { "shares", "shares/0/bits", "16842752", "more hashes than Bitcoin ever took" },
        { "shares", "shares/0/miner_address", "null", "miner_address is no address" },
        { "shares", "shares/0/miner_bitcoin_address", "\"<script>\"", "miner_bitcoin_address is no address" },
        { "shares", "shares/0/miner_bitcoin_address", $"\"{new string('a', 111)}\"", "miner_bitcoin_address is no address" },
        { "shares", "shares/0/miner_bitcoin_address", "\"\\ud800\"", "miner_bitcoin_address is no address" },
        { "shares", "shares/2/uncles", "[1,2,3,4]", "uncles has more than 3 items" },
        { "shares", "shares/2/uncles", "null", "uncles is no list" },
        { "share_headers", "headers", "[]", "heights asked for are missing" },
        { "share_headers", "headers/0/bitcoin_header", "null", "bits is missing" },
        { "share_headers", "headers/0/bitcoin_header/bits", "0", "bits is no target" },
        { "share_headers", "headers/13/bitcoin_header/bits", "16842752", "more hashes than Bitcoin ever took" },
        { "share_headers", "headers/0/bitcoin_height", "18446744073709551615", "bitcoin_height is no whole number" },
        { "share_headers", "headers/0/coinbase_value", "-1", "coinbase_value is no whole number" },
        { "share_headers", "headers/0/coinbase_value", "2100000000000001", "coinbase_value is no whole number" },
        { "share_headers", "headers/0/coinbase_value", "0", "pay nothing" },
        { "share_headers", "headers/0/fee", "10001", "fee is no whole number" },
        { "share_headers", "headers/0/donation", "-1", "donation is no whole number" },
        { "share_headers", "headers/13/time", "5", "tell of the same share differently" },
        { "share_headers", "headers/13/bits", "436253956", "tell of the same share differently" },
        { "share_headers", "headers/13/miner_bitcoin_address", "\"bc1qother\"", "tell of the same share differently" },
        { "share_headers", "headers/9/prev_share_blockhash", $"\"{new string('1', 64)}\"", "tell of the same share differently" },
        { "dag", "entries", "7", "entries is no list" },
        { "dag", "entries/0/validation_status", "\"a b\"", "validation_status is no word" },
        { "dag", "entries/0/chain", "null", "chain is no word" },
        { "pplns_shares", "0/difficulty", "-1", "difficulty is no whole number" },
        { "pplns_shares", "0/difficulty", "18446744073709551615", "difficulty is no whole number" },
        { "pplns_shares", "0/n_time", "253402300800", "n_time is no whole number" },
        { "pplns_shares", "0/n_time", "null", "n_time is no whole number" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_member_that_cannot_be_is_refused(string path, string member, string value, string words)
    {
        await using var node = new PoolHost(Good);
        node.Alter = asked => asked == path ? Changed(node.Asked[^1], path, member, value) : null;
        using var reader = ReaderOf(node);
        var told = await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel));
        Assert.Equal(P2PoolTrouble.Nonsense, told.Trouble);
        Assert.Contains(words, told.Words, StringComparison.Ordinal);
        Assert.Contains(node.Address.ToString(), told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(node.Address.Authority, told.Words, StringComparison.Ordinal);

        node.Alter = _ => null;
        Assert.Equal(13, (await reader.LookAsync(Cancel)).Height);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("{\"chain_tip_height\":13")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]")]
    [InlineData("{\"total_work\":\"0x1\",\"total_work\":\"0x2\"}")]
    public async Task What_is_no_json_too_deep_or_ambiguous_is_refused(string body) => Assert.Contains(
        "no JSON", await RefusedAsync(PoolAnswer.Of(body), P2PoolTrouble.Nonsense), StringComparison.Ordinal);

    [Fact]
    public async Task What_is_of_another_type_is_refused() => Assert.Contains(
        "no JSON", await RefusedAsync(PoolAnswer.Of("{}", type: "text/html"), P2PoolTrouble.Nonsense), StringComparison.Ordinal);

    [Theory]
    [InlineData(400, P2PoolTrouble.Nonsense)]
    [InlineData(401, P2PoolTrouble.Denied)]
    [InlineData(403, P2PoolTrouble.Denied)]
    [InlineData(404, P2PoolTrouble.Nonsense)]
    [InlineData(429, P2PoolTrouble.Nonsense)]
    [InlineData(500, P2PoolTrouble.Away)]
    [InlineData(502, P2PoolTrouble.Away)]
    public async Task A_refusal_is_told_as_what_it_is(int status, P2PoolTrouble trouble) =>
        await RefusedAsync(PoolAnswer.Of("""{"error":"no"}""", status), trouble);

    [Fact]
    public async Task More_than_a_megabyte_is_not_read() => Assert.Contains(
        "more than 1 MB", await RefusedAsync(
            PoolAnswer.Of("\"" + new string('x', 2_000_000) + "\""), P2PoolTrouble.Nonsense), StringComparison.Ordinal);

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = new PoolHost(Good);
        var redirect = new PoolAnswer(302, []) { Location = elsewhere.Address + "chain_info" };
        Assert.Contains("another address", await RefusedAsync(redirect, P2PoolTrouble.Nonsense), StringComparison.Ordinal);
        Assert.Empty(elsewhere.Asked);
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_an_outage() =>
        await RefusedAsync(PoolAnswer.Cut, P2PoolTrouble.Away);

    [Fact]
    public async Task A_node_that_is_not_there_is_away()
    {
        using var reader = new P2PoolReader(
            P2PoolOptions.Of(new Uri($"http://127.0.0.1:{NodeHost.FreePort()}")), new ManualClock(Good.Time));
        var told = await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel));
        Assert.Equal((P2PoolTrouble.Away, "it does not answer."), (told.Trouble, told.Words));
    }

    [Fact]
    public async Task A_node_that_takes_its_time_is_given_up()
    {
        var never = new TaskCompletionSource();
        await using var node = new PoolHost(Good)
        {
            Alter = path => path == "share_headers" ? new PoolAnswer(200, []) { After = never.Task } : null,
        };
        using var reader = new P2PoolReader(
            P2PoolOptions.Of(node.Address) with { Timeout = TimeSpan.FromMilliseconds(300) }, new ManualClock(Good.Time));
        var told = await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel));
        never.SetResult();
        Assert.Equal(P2PoolTrouble.Away, told.Trouble);
        Assert.Contains("share_headers takes longer than 0.3 s", told.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_of_two_versions_are_of_none_that_is_known()
    {
        var old = PoolChain.Recorded(P2PoolVersion.BeforeV014);
        // The state of a block was split before the address was: no release had this.
        var between = old.With("dag", answer =>
        {
            foreach (var entry in answer["entries"]!.AsArray().Select(entry => entry!.AsObject()))
            {
                (entry["validation_status"], entry["chain"]) = ("BlockValid", "Confirmed");
                entry.Remove("status");
            }
        });
        var mixed = Good.With("shares", answer => answer["shares"]![4]!.AsObject().Remove("miner_bitcoin_address"));
        foreach (var (chain, time) in new[] { (between, old.Time), (mixed, Good.Time) })
        {
            await using var node = new PoolHost(chain);
            using var reader = new P2PoolReader(P2PoolOptions.Of(node.Address), new ManualClock(time));
            var told = await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel));
            Assert.Equal(P2PoolTrouble.Nonsense, told.Trouble);
            Assert.Contains("of no version that is known", told.Words, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Answers_of_neither_version_are_refused()
    {
        var neither = Good.With("shares", answer =>
        {
            foreach (var share in answer["shares"]!.AsArray().Select(share => share!.AsObject()))
            {
                share.Remove("miner_bitcoin_address");
                share.Remove("miner_address");
                share["miner"] = "bc1q";
            }
        });
        await using var node = new PoolHost(neither);
        using var reader = ReaderOf(node);
        Assert.Contains(
            "miner_address is missing", (await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel))).Words,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_that_do_not_fit_together_are_refused()
    {
        var clock = new ManualClock();
        await using var node = new PoolHost(PoolChain.Played(300, clock.Now));
        var other = PoolChain.Played(300, clock.Now, branch: "other");
        node.Alter = path => path == "shares" && node.Asked[^1].Contains("to=200", StringComparison.Ordinal)
            ? PoolAnswer.Of(other.Answer("shares", "200", "100")!.ToJsonString())
            : null;
        using var reader = new P2PoolReader(P2PoolOptions.Of(node.Address), clock);
        Assert.Contains(
            "not each on the one before", (await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel))).Words,
            StringComparison.Ordinal);
    }

    private static async Task<string> RefusedAsync(PoolAnswer answer, P2PoolTrouble trouble)
    {
        await using var node = new PoolHost(Good) { Alter = path => path == "chain_info" ? answer : null };
        using var reader = ReaderOf(node);
        var told = await Assert.ThrowsAsync<P2PoolException>(() => reader.LookAsync(Cancel));
        Assert.Equal(trouble, told.Trouble);
        return told.Words;
    }

    private static P2PoolReader ReaderOf(PoolHost node) => new(P2PoolOptions.Of(node.Address), new ManualClock(Good.Time));

    // As text: some of what is put in is no value that a parser keeps.
    private static PoolAnswer Changed(string asked, string path, string member, string value)
    {
        const string mark = "\"@\"";
        var query = HttpUtility.ParseQueryString(new Uri(new Uri("http://pool/"), asked).Query);
        var answer = Good.Answer(path, query["to"], query["num"])!;
        var parts = member.Split('/');
        var at = parts[..^1].Aggregate(answer, (node, part) => int.TryParse(part, CultureInfo.InvariantCulture, out var index)
            ? node[index]! : node[part]!);
        at[parts[^1]] = JsonNode.Parse(mark);
        return PoolAnswer.Of(answer.ToJsonString().Replace(mark, value, StringComparison.Ordinal));
    }
}
