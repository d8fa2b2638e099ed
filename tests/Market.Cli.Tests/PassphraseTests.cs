using System.Diagnostics;
using System.Text.Json;
using Market.Cli.Common;

namespace Market.Cli.Tests;

public sealed class PassphraseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-passphrase-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("abc", "shorter than 8")]
    [InlineData("", "shorter than 8")]
    [InlineData("1234567", "shorter than 8")]
    [InlineData("12345678901", "digits alone")]
    [InlineData("aaaaaaaaaaaa", "again and again")]
    [InlineData("a few words", null)]
    [InlineData("a1234567", null)]
    public void A_passphrase_has_a_least_strength(string text, string? why) =>
        Assert.Equal(why is not null, Passphrase.WhyWeak(text)?.Contains(why!, StringComparison.Ordinal) == true);

    [Theory]
    [InlineData("abc", "devnet", false, 1)]
    [InlineData("abc", "devnet", true, 0)]
    [InlineData("abc", "signet", true, 1)]
    [InlineData("a few words", "signet", true, 1)]
    [InlineData("a few words", "signet", false, 0)]
    public async Task A_weak_one_makes_a_wallet_only_where_coins_are_worth_nothing(
        string passphrase, string network, bool weak, int code)
    {
        string[] option = weak ? ["--weak-passphrase"] : [];
        var start = new ProcessStartInfo(
            "dotnet",
            [
                typeof(MarketProgram).Assembly.Location, "wallet", "create", "--yes", "--json", "--network", network,
                "--wallet", _folder, .. option,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MARKET_PASSPHRASE"] = passphrase;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var result = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code, process.ExitCode);
        Assert.Equal(code == 0, File.Exists(Path.Combine(_folder, "seed.json")));
        Assert.Equal(code == 0, (await result).Length > 0);
        if (code != 0)
        {
            Assert.Equal("weak-passphrase", JsonDocument.Parse(error).RootElement.GetProperty("code").GetString());
        }
    }
}
