using System.Diagnostics;
using Market.Client.Keys;

namespace Market.Cli.Tests;

public sealed class AwayMarketTests : IDisposable
{
    private const string Word = "a few words";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-away-").FullName;

    [Fact]
    public async Task An_agent_starts_while_the_market_is_gone()
    {
        using (var seed = Seed.Create())
        {
            SeedFile.Create(Path.Combine(_folder, "seed.json"), seed, Word, "devnet");
        }

        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "market.dll"), "swaps", "run", "--server", "http://127.0.0.1:9",
            "--wallet", _folder,
        ])
        {
            RedirectStandardError = true,
        };
        start.Environment["MARKET_PASSPHRASE"] = Word;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var said = new List<string>();
        try
        {
            while (!said.Exists(line => line.Contains("Driving own swaps", StringComparison.Ordinal)))
            {
                var line = await process.StandardError.ReadLineAsync(limit.Token);
                Assert.True(line is not null, string.Join('\n', said));
                said.Add(line);
            }

            Assert.False(process.HasExited);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
