using Market.Api.Tests.Orders;
using Market.Testing;

namespace Market.Api.Tests.Packages;

/// <summary>A bot of somebody else, built from the packed files and from nothing of this repository.</summary>
public sealed class PackedBotTests(PostgresFixture postgres) : IDisposable
{
    private const string Bot = """
        using Market.Bitcoin;
        using Market.Client.Api;
        using Market.Contracts;

        using var key = PrivateKey.Create([.. new byte[31], 1]);
        Console.WriteLine($"The key of one is {key.PublicKey}.");
        using var market = new MarketApi(new Uri(args[0]));
        foreach (var instrument in await market.GetInstrumentsAsync())
        {
            var book = await market.GetBookAsync(instrument.Id, depth: 5);
            Console.WriteLine($"{instrument.Id}: {book.Bids.Count} bids, {book.Asks.Count} asks");
        }
        """;

    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <InvariantGlobalization>true</InvariantGlobalization>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Market.Client" Version="0.1.0" />
          </ItemGroup>
        </Project>
        """;

    private static readonly string[] Packed =
    [
        "Hashing", "Bitcoin", "Bitcoin.Wallet", "Sharechain", "Contracts", "Trading", "Strategies", "Swaps", "Standing", "Chains",
        "Client",
    ];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("market-packed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_bot_of_ten_lines_is_built_from_the_packages_and_reads_the_book()
    {
        var (feed, bot) = (Path.Combine(_folder, "feed"), Path.Combine(_folder, "bot"));
        foreach (var name in Packed)
        {
            // What was built is what is packed.
            await DotnetAsync(
                Vectors.RepositoryRoot, "pack", $"src/Market.{name}", "--no-build", "-c", Configuration, "-o", feed, "--nologo",
                "-v", "q");
        }

        Assert.Equal(Packed.Length, Directory.GetFiles(feed, "*.nupkg").Length);
        Assert.Equal(Packed.Length, Directory.GetFiles(feed, "*.snupkg").Length);
        Directory.CreateDirectory(bot);
        await File.WriteAllTextAsync(Path.Combine(bot, "Program.cs"), Bot, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(bot, "Bot.csproj"), Project, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(bot, "nuget.config"),
            $"""<configuration><packageSources><clear /><add key="packed" value="{feed}" /></packageSources></configuration>""",
            TestContext.Current.CancellationToken);

        // Nobody else's feed is asked. The packages of this run stay out of the machine's own folder, which lends what else they
        // need.
        await DotnetAsync(
            bot, "build", "-o", Path.Combine(_folder, "out"), "--nologo", "-v", "q",
            $"-p:RestorePackagesPath={Path.Combine(_folder, "packages")}", $"-p:RestoreFallbackFolders={MachinesPackages}");
        await using var host = await TradingHost.StartAsync(await postgres.NewDatabaseAsync());
        var said = await DotnetAsync(bot, Path.Combine(_folder, "out", "Bot.dll"), host.Address.ToString());

        Assert.Contains("P2SHARE-BTC: 0 bids, 0 asks", said);
        // The curve's library came with the packages, whatever this machine has.
        Assert.Contains("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", said);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder, "out"), "libsecp256k1.so", SearchOption.AllDirectories));
    }

    private static string Configuration =>
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string MachinesPackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static Task<string> DotnetAsync(string folder, params string[] arguments) =>
        Programs.RunAsync("dotnet", arguments, folder, Limit);
}
