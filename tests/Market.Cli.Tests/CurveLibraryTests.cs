using System.Diagnostics;
using System.Runtime.InteropServices;
using Market.Bitcoin;

namespace Market.Cli.Tests;

/// <summary>A libsecp256k1 is named for a whole process, so each is asked for in one of its own.</summary>
public sealed class CurveLibraryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-curve-").FullName;

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Without_a_name_the_package_s_own_is_called(string? named)
    {
        var (code, said) = await CreateWalletAsync(named);

        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task A_named_one_that_is_not_there_ends_the_program_in_words_and_no_other_is_taken()
    {
        var (code, said) = await CreateWalletAsync("/nowhere/libsecp256k1.so");

        Assert.Equal(1, code);
        Assert.Contains("/nowhere/libsecp256k1.so could not be loaded", said);
    }

    [Fact]
    public async Task A_named_one_is_called()
    {
        // Its functions are looked for in the named one: of another library there are none.
        var named = Path.Combine(_folder, "curve-of-my-own");
        File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"), named);

        var (code, said) = await CreateWalletAsync(named);

        Assert.Equal(1, code);
        Assert.Contains("curve-of-my-own could not be loaded, or lacks a function", said);

        Curve.Blind(new byte[32]);
        var file = Process.GetCurrentProcess().Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .First(name => Path.GetFileName(name).Contains("secp256k1.", StringComparison.Ordinal));
        File.Copy(file, named, overwrite: true);

        (code, said) = await CreateWalletAsync(named);

        Assert.True(code == 0, said);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int Code, string Said)> CreateWalletAsync(string? library)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [typeof(MarketProgram).Assembly.Location, "wallet", "create", "--wallet", Path.Combine(_folder, "wallet"), "--json"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MARKET_PASSPHRASE"] = "a few words";
        start.Environment.Remove(Curve.LibraryVariable);
        if (library is not null) start.Environment[Curve.LibraryVariable] = library;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
