using System.Net;
using System.Text;
using System.Text.Json;
using Market.Client.Keys;
using Market.Contracts;
using Market.Testing.Chains;

namespace Market.Cli.Tests;

public sealed class NetworkTests
{
    private const string Passphrase = "a few words";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly DateTimeOffset Then = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_wallet_of_another_network_than_the_markets_is_told_so_and_does_not_wait()
    {
        var folder = Directory.CreateTempSubdirectory("market-cli-").FullName;
        using var seed = Seed.Create();
        SeedFile.Create(Path.Combine(folder, "seed.json"), seed, Passphrase, "devnet");
        Environment.SetEnvironmentVariable("MARKET_PASSPHRASE", Passphrase);
        using var market = new HttpListener();
        var address = $"http://127.0.0.1:{NodeHost.FreePort()}/";
        market.Prefixes.Add(address);
        market.Start();
        var asked = new List<string>();
        var serving = ServeAsync(market, asked);

        var code = await MarketProgram.RunAsync(["wallet", "balance", "--server", address, "--wallet", folder])
            .WaitAsync(Patience, TestContext.Current.CancellationToken);

        market.Close();
        await serving;
        Assert.Equal(1, code);
        Assert.Equal("/" + Routes.Status.TrimStart('/'), Assert.Single(asked));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task ServeAsync(HttpListener market, List<string> asked)
    {
        var body = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(RegtestStatus(), MarketJson.Options));
        while (market.IsListening)
        {
            try
            {
                var context = await market.GetContextAsync();
                asked.Add(context.Request.Url!.AbsolutePath);
                context.Response.ContentType = "application/json";
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
            catch (Exception error) when (error is HttpListenerException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private static ServerStatus RegtestStatus() => new()
    {
        Version = "1",
        Network = "regtest",
        StartedAt = Then,
        Time = Then,
        Health = Health.Live,
        Components = [],
        Chains =
        [
            new ChainTips
            {
                Instrument = "P2SHARE-BTC", Sharechain = Tip(ChainName.Sharechain), Mainchain = Tip(ChainName.Mainchain),
            },
        ],
        SwapsMoving = 0,
        StreamClients = 0,
    };

    private static ChainTip Tip(ChainName chain) => new()
    {
        Chain = chain,
        Height = 0,
        Id = new string('0', 64),
        Time = Then,
        MedianTime = Then,
        SeenAt = Then,
        Bits = "207fffff",
        Hashrate = 0,
        TargetSpacing = 2,
        MempoolTransactions = 0,
        Live = true,
    };
}
