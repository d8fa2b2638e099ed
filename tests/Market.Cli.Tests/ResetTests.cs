using Market.Chains.Storage;

namespace Market.Cli.Tests;

public sealed class ResetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Chains => Path.Combine(_folder, "wallet", "chains");

    [Fact]
    public async Task Only_the_sharechains_blocks_are_deleted()
    {
        Make();

        Assert.Equal(0, await ResetAsync("--yes"));
        Assert.Equal(["mainchain"], Directory.GetDirectories(Chains).Select(Path.GetFileName));
        Assert.Equal(
            ["seed.json", "swaps"],
            Directory.GetFileSystemEntries(Path.Combine(_folder, "wallet")).Select(Path.GetFileName)
                .Where(name => name != "chains").Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(_folder, "data", "demo", "chains", "sharechain")));
        Assert.Equal(0, await ResetAsync("--yes"));
    }

    [Fact]
    public async Task Nothing_is_deleted_that_another_program_has_open()
    {
        Make();
        using (FileBlockStore.Open(Path.Combine(Chains, "sharechain")))
        {
            Assert.Equal(1, await ResetAsync("--yes"));
        }

        Assert.True(Directory.Exists(Path.Combine(Chains, "sharechain")));
    }

    [Fact]
    public async Task Nothing_is_deleted_without_a_yes()
    {
        Make();
        var input = Console.In;
        Console.SetIn(new StringReader("n\n"));
        try
        {
            Assert.Equal(1, await ResetAsync());
        }
        finally
        {
            Console.SetIn(input);
        }

        Assert.True(Directory.Exists(Path.Combine(Chains, "sharechain")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Make()
    {
        FileBlockStore.Open(Path.Combine(Chains, "sharechain")).Dispose();
        FileBlockStore.Open(Path.Combine(Chains, "mainchain")).Dispose();
        FileBlockStore.Open(Path.Combine(_folder, "data", "demo", "chains", "sharechain")).Dispose();
        Directory.CreateDirectory(Path.Combine(_folder, "wallet", "swaps"));
        File.WriteAllText(Path.Combine(_folder, "wallet", "seed.json"), "{}");
    }

    private Task<int> ResetAsync(params string[] more) => MarketProgram.RunAsync(
        ["reset", "--data", Path.Combine(_folder, "data"), "--wallet", Path.Combine(_folder, "wallet"), .. more]);
}
