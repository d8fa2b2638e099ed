using System.Diagnostics;
using System.Text.Json;
using Market.Api.Tests.Orders;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Contracts;
using Market.Testing;

namespace Market.Api.Tests.Interface;

/// <summary>`market keys`, as a process, against a market: what it makes asks for the account, until it is revoked.</summary>
public sealed class KeysCommandTests(PostgresFixture postgres) : IDisposable
{
    private const string Passphrase = "a few words";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_key_is_made_listed_used_and_revoked()
    {
        using (var seed = Seed.Create()) SeedFile.Create(Path.Combine(_folder, "seed.json"), seed, Passphrase, "devnet");
        // The program's clock is the system's: requests are not to be late at the server.
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync(), clock: TimeProvider.System);
        var text = await RunAsync(host, "create", "--scopes", "read,trade", "--label", "quotes", "--expires", "2h", "--json");
        var made = JsonSerializer.Deserialize<CreatedApiKey>(text, MarketJson.Options)!;
        Assert.Equal("quotes", made.Key.Label);
        Assert.Equal([ApiKeyScope.Read, ApiKeyScope.Trade], made.Key.Scopes);
        Assert.Equal(2, Math.Round((made.Key.ExpiresAt - made.Key.CreatedAt).TotalHours));

        using var api = new MarketApi(host.Address, ApiKeyCredential.Of(made));
        Assert.Empty((await api.GetOrdersAsync()).Items);
        var list = await RunAsync(host, "list");
        Assert.Contains(made.Key.Id, list, StringComparison.Ordinal);
        Assert.Contains("read,trade", list, StringComparison.Ordinal);
        Assert.DoesNotContain("never", list, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Secret, list, StringComparison.Ordinal);

        Assert.Contains(made.Key.Id, await RunAsync(host, "revoke", made.Key.Id), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<MarketApiException>(() => api.GetOrdersAsync());
        Assert.Equal(ProblemCodes.BadApiKey, refused.Code);
        Assert.Contains("no API keys", await RunAsync(host, "list"), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(TradingHost host, string verb, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet",
            [CliPath(), "keys", verb, .. arguments, "--server", host.Address.ToString(), "--wallet", _folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MARKET_PASSPHRASE"] = Passphrase;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var (result, error) = (
            process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await error);
        return await result;
    }

    private static string CliPath() => Path.Combine(
        Vectors.RepositoryRoot, "src", "Market.Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0",
        "market.dll");
}
