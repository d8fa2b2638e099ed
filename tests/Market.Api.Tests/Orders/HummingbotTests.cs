using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Market.Contracts;
using Market.Testing;

namespace Market.Api.Tests.Orders;

/// <summary>The connector of Hummingbot's shape, in Python, against the real server. The test is its wallet.</summary>
public sealed class HummingbotTests(PostgresFixture postgres)
{
    private const long Share = 100_000_000;
    private const string Pair = "P2SHARE-BTC";

    [Fact]
    public async Task A_connector_of_its_shape_follows_trades_and_repairs_its_book()
    {
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        using var owner = await host.TraderAsync(3);
        using var other = await host.TraderAsync(4);
        await other.PlaceAsync("offer", Side.Sell, 98_000, Share);
        await other.PlaceAsync("bid", Side.Buy, 97_000, 2 * Share);
        var key = await owner.SendAsync<CreatedApiKey>(
            HttpMethod.Post, Routes.ApiKeys, new CreateApiKey { Scopes = [ApiKeyScope.Read, ApiKeyScope.Trade] });
        var folder = Path.Combine(Vectors.RepositoryRoot, "clients/hummingbot");
        using var python = Process.Start(new ProcessStartInfo(
            "python3", ["-B", "check.py", host.Address.ToString().TrimEnd('/'), Pair])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await SayAsync(new { key = key.Key.Id, secret = key.Secret });
            JsonNode? last = null;
            while (await python.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                last = JsonNode.Parse(line)!;
                if (last["orders"] is null) await SayAsync(await AnswerAsync(last));
            }
            await python.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(python.ExitCode == 0, await errors);
            Assert.Equal(
                """{"hb-take":"FILLED","hb-make":"CANCELED","hb-crosses":"FAILED"}""", last!["orders"]!.ToJsonString());
            Assert.Equal(ProblemCodes.WouldTrade, (string?)last["refused"]);
            Assert.Equal("""{"P2SHARE":"2"}""", last["locked"]!.ToJsonString());
            Assert.Equal("0.00097", (string?)last["bids"]![0]![0]);
        }
        finally
        {
            if (!python.HasExited) python.Kill();
        }

        async Task SayAsync(object? what)
        {
            await python.StandardInput.WriteLineAsync(JsonSerializer.Serialize(what));
            await python.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        }

        async Task<object?> AnswerAsync(JsonNode asked)
        {
            if (asked["coin"] is not null) return owner.Coin(long.Parse((string)asked["amount"]!, null) + 1_000).ToString();
            if (asked["sign"] is { } text)
                return new[] { new { outpoint = (string?)asked["outpoint"], signature = owner.SignText($"{text}") } };
            if (asked["take"] is not null) return (await other.PlaceAsync("take", Side.Buy, 98_020, Share)).Order.Id;
            await other.PlaceAsync("move", Side.Buy, 96_000, Share);
            return true;
        }
    }
}
