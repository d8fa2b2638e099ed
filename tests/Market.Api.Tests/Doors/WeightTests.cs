using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Market.Api.Doors.Clients;
using Market.Api.Features.Dev;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Contracts;
using Market.Testing;

namespace Market.Api.Tests.Doors;

/// <summary>What calls weigh: in docs/security.md, in /limits and in truth.</summary>
public sealed partial class WeightTests(PostgresFixture postgres) : IAsyncLifetime
{
    private MarketHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await MarketHost.StartAsync(
        await postgres.NewDatabaseAsync(), faucet: FaucetKey.Of(Enumerable.Repeat((byte)7, 32).ToArray()));

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_table_of_the_security_page_is_the_one_that_limits_show()
    {
        var limits = (await _host.Http.GetFromJsonAsync<Limits>(Routes.Limits, MarketJson.Options, Cancel))!;
        var page = await File.ReadAllTextAsync(Path.Combine(Vectors.RepositoryRoot, "docs", "security.md"), Cancel);
        var written = Row().Matches(page).ToDictionary(
            row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), row => Names(row.Groups[2].Value));

        Assert.Equal(
            limits.Weights.GroupBy(row => row.Value).OrderBy(rows => rows.Key)
                .Select(rows => $"{rows.Key}: {string.Join(" ", rows.Select(row => row.Key).Order(StringComparer.Ordinal))}"),
            written.OrderBy(row => row.Key).Select(row => $"{row.Key}: {row.Value}"));
        Assert.Equal(
            limits.ListWeights.Select(row => $"`{row.Key}` for every {row.Value}"),
            Lists().Matches(page).Select(found => found.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_call_weighs_what_it_asks_for()
    {
        (string Path, int Weight)[] calls =
        [
            ("/explorer", CallWeight.Heaviest),
            ("/explorer/mainchain/blocks/0", CallWeight.Heaviest),
            ("/explorer/mainchain/tx/0000", CallWeight.Heaviest),
            ("/", CallWeight.Middling),
            ("/swaps", CallWeight.Middling),
            ("/watch/0000000000000000000000000000000000000000000000000000000000000001", CallWeight.Middling),
            ("/api/v1/chains/mainchain/blocks", CallWeight.Heavy),
            ("/api/v1/chains/mainchain/blocks?limit=20", CallWeight.Heavy),
            ("/api/v1/chains/mainchain/blocks?limit=21", 2 * CallWeight.Heavy),
            ("/api/v1/chains/mainchain/blocks?limit=100", 5 * CallWeight.Heavy),
            ("/api/v1/chains/mainchain/blocks?limit=%2B100", 5 * CallWeight.Heavy),
            ("/api/v1/chains/mainchain/blocks?limit=1000000000", 5 * CallWeight.Heavy),
            ("/api/v1/chains/mainchain/blocks?limit=nonsense", CallWeight.Heavy),
            ("/api/v1/node/sharechain/headers", 4 * CallWeight.Heavy),
            ("/api/v1/node/sharechain/headers?limit=500", CallWeight.Heavy),
            ("/api/v1/node/mainchain/blocks?after=00&limit=51", 2 * CallWeight.Heavy),
            ("/api/v1/node/mainchain/tip", CallWeight.Least),
        ];
        var truth = new List<(string, int)>();
        foreach (var (path, _) in calls) truth.Add((path, await CostAsync(path)));
        Assert.Equal(calls, truth);
    }

    // Weight that is given back at the same moment makes it look like less, so the most of a few counts.
    private async Task<int> CostAsync(string path)
    {
        var most = 0;
        for (var i = 0; i < 3; i++)
        {
            using var before = await _host.Http.GetAsync(new Uri(Routes.Time, UriKind.Relative), Cancel);
            using var after = await _host.Http.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            most = Math.Max(most, Left(before) - Left(after));
        }

        return most;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static int Left(HttpResponseMessage answer) =>
        int.Parse(answer.Headers.GetValues("RateLimit").Single().Split("r=")[1].Split(';')[0], CultureInfo.InvariantCulture);

    private static string Names(string cell) =>
        string.Join(" ", Name().Matches(cell).Select(name => name.Groups[1].Value).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^\| (\d+) \| [^|]* \| ([^|]*`[^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"`\w+` for every \d+")]
    private static partial Regex Lists();
}
