using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Market.Contracts;

namespace Market.Bench.Load;

/// <summary>Every public GET route of a running market, from its own document, and its pages, with ids that are there.</summary>
internal sealed partial class LoadRoutes(HttpClient http)
{
    private const string SomeScript = "00140000000000000000000000000000000000000000";

    // What lasts is no read; what the document leaves out stands below.
    private static readonly string[] Lasting = ["/streams", "/events"];

    private static readonly string[] Pages =
    [
        "/", "/how", "/docs", "/status", "/swaps", "/explorer", "/swaps/{swap}", "/explorer/{chain}/blocks/{block}",
        "/explorer/{chain}/tx/{transaction}", "/watch/{account}", "/openapi/v1.json",
    ];

    private static readonly string[] Reads =
    [
        "tip", "headers", "blocks?after={parent}", "block/{block}", "tx/{transaction}", "coins/" + SomeScript, "mempool", "fee",
    ];

    private static readonly string[] ShareReads = ["payout", "figures", "template?script=" + SomeScript];

    // The dearest that a client may ask.
    private static readonly string[] Whole =
    [
        Routes.Swaps + "?limit=200", Routes.Trades + "?limit=200", Routes.Blocks + "?limit=100", Routes.Book + "?depth=500",
        Routes.Candles + "?limit=200",
    ];

    private readonly Dictionary<string, List<string>> _known = [];

    /// <summary>Asks for ids and for the document, and tries each route once.</summary>
    public async Task<IReadOnlyList<LoadRoute>> FindAsync(string account, CancellationToken cancel)
    {
        await LearnAsync(account, cancel);
        var names = (await DocumentedAsync(cancel)).Concat(Pages).Concat(Whole)
            .Concat(Reads.SelectMany(r => new[] { $"{Routes.Root}/node/sharechain/{r}", $"{Routes.Root}/node/mainchain/{r}" }))
            .Concat(ShareReads.Select(r => $"{Routes.Root}/node/sharechain/{r}"));
        var routes = new List<LoadRoute>();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            var paths = Fill(name).ToList();
            if (paths.Count > 0 && await IsPublicAsync(name, paths[0], cancel)) routes.Add(new LoadRoute(name, paths));
        }
        return routes;
    }

    private async Task<IEnumerable<string>> DocumentedAsync(CancellationToken cancel)
    {
        using var document = await http.GetFromJsonAsync<JsonDocument>("/openapi/v1.json", cancel);
        return [.. document!.RootElement.GetProperty("paths").EnumerateObject()
            .Where(path => path.Value.TryGetProperty("get", out _) && !path.Name.Contains("/node/", StringComparison.Ordinal)
                && !Lasting.Any(end => path.Name.EndsWith(end, StringComparison.Ordinal)))
            .Select(path => path.Name)];
    }

    // The chain's name stands for its blocks and transactions too, so these are told apart by it.
    private async Task LearnAsync(string account, CancellationToken cancel)
    {
        _known["instrument"] = [BenchTrader.Instrument];
        _known["account"] = [account];
        _known["swap"] = [.. (await GetAsync<Page<SwapSummary>>(Routes.Swaps + "?limit=200", cancel)).Items.Select(s => s.Id)];
        var trades = await GetAsync<Page<Trade>>(
            Routes.Trades.Replace("{instrument}", BenchTrader.Instrument, StringComparison.Ordinal) + "?limit=200", cancel);
        _known["valuation"] = [.. trades.Items.Select(t => t.Valuation?.Id).OfType<string>()];
        foreach (var chain in new[] { "sharechain", "mainchain" })
        {
            var blocks = (await GetAsync<Page<BlockSummary>>(
                Routes.Blocks.Replace("{chain}", chain, StringComparison.Ordinal) + "?limit=30", cancel)).Items;
            _known[chain + "/block"] = [.. blocks.Select(b => b.Id)];
            _known[chain + "/parent"] = [blocks[^1].Id];
            var newest = await GetAsync<BlockDetail>(
                Routes.Block.Replace("{chain}", chain, StringComparison.Ordinal)
                    .Replace("{block}", blocks[0].Id, StringComparison.Ordinal), cancel);
            _known[chain + "/transaction"] = [.. newest.TransactionIds];
        }
    }

    private IEnumerable<string> Fill(string name)
    {
        string[] chains = name.Contains("{chain}", StringComparison.Ordinal) ? ["sharechain", "mainchain"]
            : name.Contains("/node/mainchain", StringComparison.Ordinal) ? ["mainchain"] : ["sharechain"];
        foreach (var chain in chains)
        {
            var path = name.Replace("{chain}", chain, StringComparison.Ordinal)
                .Replace("{instrument}", BenchTrader.Instrument, StringComparison.Ordinal);
            if (Place().Match(path) is not { Success: true } place)
            {
                yield return path;
                continue;
            }
            foreach (var value in ValuesOf(name, chain, place.Groups[1].Value))
                yield return path.Replace(place.Value, value, StringComparison.Ordinal);
        }
    }

    private List<string> ValuesOf(string name, string chain, string place)
    {
        var what = place != "id" ? place
            : name.Contains("/swaps", StringComparison.Ordinal) ? "swap"
            : name.Contains("/valuations", StringComparison.Ordinal) ? "valuation"
            : name.Contains("/transactions", StringComparison.Ordinal) ? "transaction" : place;
        return _known.GetValueOrDefault(what) ?? _known.GetValueOrDefault($"{chain}/{what}") ?? [];
    }

    private async Task<bool> IsPublicAsync(string name, string path, CancellationToken cancel)
    {
        using var answer = await http.GetAsync(path, cancel);
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) return false;
        if (!answer.IsSuccessStatusCode) Console.WriteLine($"{name}: the first answer is {(int)answer.StatusCode}");
        return true;
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancel) =>
        (await http.GetFromJsonAsync<T>(path, MarketJson.Options, cancel))!;

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Place();
}
