using System.Diagnostics;
using System.Text.Json;
using Market.Testing;
using Market.Web.Tests.Host;

namespace Market.Web.Tests.Browser;

/// <summary>
/// A bot written from the OpenAPI document alone, in Node with npm's @microsoft/signalr, against the real server.
/// </summary>
[Collection("browser")]
public sealed class NodeBotTests
{
    private const int Changes = 8;
    private const int BotSeconds = 300;
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan BotLimit = TimeSpan.FromSeconds(BotSeconds + 60);

    [Fact]
    public async Task The_bot_follows_the_book_and_its_checksum_stays_right()
    {
        var folder = Directory.CreateTempSubdirectory("market-bot-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(Path.Combine(Vectors.RepositoryRoot, "tests/Market.Api.Tests/bot")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
            await RunAsync("npm", ["ci", "--silent"], folder, InstallLimit);
            await using var market = await DemoMarket.StartAsync(TestContext.Current.CancellationToken);

            var said = await RunAsync(
                "node", ["follow.mjs", market.Address, $"{Changes}", $"{BotSeconds}"], folder, BotLimit);

            using var result = JsonDocument.Parse(said);
            Assert.Equal(0, result.RootElement.GetProperty("mismatches").GetInt32());
            Assert.True(result.RootElement.GetProperty("deltas").GetInt32() >= Changes, said);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder, TimeSpan atMost)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(atMost);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await output} {await error}");
        return await output;
    }
}
