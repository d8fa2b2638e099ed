using System.Diagnostics;
using System.Globalization;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Postgres;
using Market.Chains.Storage;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Storage;

/// <summary>A process that mines both chains is killed at some moment, again and again.</summary>
public sealed class KillTests(TestPostgres postgres)
{
    private const int Rounds = 6;

    [Theory]
    [InlineData("file")]
    [InlineData("postgres")]
    public async Task Opens_at_the_last_whole_block_after_every_kill(string kind)
    {
        using var folder = new TempFolder();
        var place = kind == "file" ? folder.Path : await postgres.NewDatabaseAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var said = await MineAndKillAsync(kind, place, lines: 5 + round * 7);
            await CheckAsync(kind, place, said);
        }
    }

    // Returns the last tip that each chain said it had written.
    private static async Task<Dictionary<string, (int Height, Hash256 Id)>> MineAndKillAsync(
        string kind, string place, int lines)
    {
        var said = new Dictionary<string, (int, Hash256)>();
        var victim = Path.Combine(AppContext.BaseDirectory, "Market.Chains.Victim.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [victim, kind, place])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < lines; i++)
        {
            if (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is not { } line)
            {
                Assert.Fail(await errors);
                break;
            }

            Note(line);
        }

        // SIGKILL: no handler runs, nothing is flushed. What was said before it died was written.
        process.Kill();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } rest)
        {
            Note(rest);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;

        void Note(string line)
        {
            // The last line may be cut short.
            if (line.Split(' ') is [var name, var height, { Length: 64 } id])
            {
                said[name] = (int.Parse(height, CultureInfo.InvariantCulture), Hash256.Parse(id));
            }
        }
    }

    private static async Task CheckAsync(
        string kind, string place, Dictionary<string, (int Height, Hash256 Id)> said)
    {
        await using var main = await EmbeddedMainchain.OpenAsync(
            Lab.Options(0), InterpreterRules.Consensus, Open("mainchain"), TimeProvider.System);
        await using var shares = await ShareLab.NodeAsync(main, TimeProvider.System, Open("shares"));
        await HoldsAsync(main, "main");
        await HoldsAsync(shares, "share");

        // The state is that of a node that validates every block of the best chain from genesis.
        await using var fresh = new MainchainNode(
            MainParameters.Regtest, InterpreterRules.Consensus, new MemoryBlockStore(), TimeProvider.System);
        for (var height = 1; await main.GetBlockIdAsync(height) is { } id; height++)
        {
            var block = await main.GetFullBlockAsync(new BlockId(id));
            Assert.Equal(SubmitCode.Accepted, (await fresh.SubmitBlockAsync(block!)).Code);
        }

        Assert.Equal(fresh.StateHash(), main.StateHash());
        await using var freshShares = await ShareLab.NodeAsync(main, TimeProvider.System);
        for (var height = 1; await shares.GetBlockIdAsync(height) is { } id; height++)
        {
            var share = await shares.GetShareAsync(new Market.Sharechain.ShareId(id));
            var result = await freshShares.SubmitShareAsync(share!);
            Assert.True(result.IsSuccess, result.Detail);
        }

        Assert.Equal(freshShares.StateHash(), shares.StateHash());

        async Task HoldsAsync(IChain chain, string name)
        {
            if (said.TryGetValue(name, out var last))
            {
                Assert.NotNull(await chain.GetBlockAsync(last.Id));
                Assert.True((await chain.GetTipAsync()).Height >= last.Height);
            }
        }

        IBlockStore Open(string name) => kind == "file"
            ? FileBlockStore.Open(Path.Combine(place, name))
            : PostgresBlockStore.Open(place, name);
    }
}
