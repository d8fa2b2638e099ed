using System.Xml.Linq;
using Market.Testing;

namespace Market.Tidy;

/// <summary>Who may call whom: the drawing of docs/architecture.md, held by a test.</summary>
public sealed class DependencyRule
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Hashing"] = [],
        ["Trading"] = [],
        ["Contracts"] = [],
        ["Strategies"] = ["Contracts", "Trading"],
        ["Bitcoin"] = ["Hashing"],
        ["Bitcoin.Wallet"] = ["Bitcoin", "Hashing"],
        ["Sharechain"] = ["Bitcoin", "Hashing"],
        ["Swaps"] = ["Bitcoin", "Bitcoin.Wallet", "Hashing"],
        ["Standing"] = ["Sharechain", "Bitcoin", "Bitcoin.Wallet", "Hashing"],
        ["Lab"] = ["Sharechain", "Standing"],
        ["Chains"] = ["Sharechain", "Bitcoin", "Hashing"],
        ["Chains.Postgres"] = ["Chains"],
        ["Client"] = ["Contracts", "Strategies", "Swaps", "Standing", "Chains", "Bitcoin.Wallet"],
        ["Client.NBitcoin"] = ["Chains"],
        ["Web"] = ["Contracts"],
        ["Api"] =
        [
            "Hashing", "Bitcoin", "Bitcoin.Wallet", "Sharechain", "Swaps", "Standing", "Trading", "Contracts", "Chains",
            "Chains.Postgres", "Web",
        ],
        ["Cli"] = ["Client", "Client.NBitcoin", "Lab", "Trading"],
    };

    private static readonly string[] Pure =
        ["Hashing", "Bitcoin", "Bitcoin.Wallet", "Sharechain", "Swaps", "Standing", "Trading", "Strategies", "Lab"];

    public static TheoryData<string> Rooms => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_refers_only_to_rooms_it_may_call(string room)
    {
        var referenced = Project(room).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Select(name => name["Market.".Length..]);

        Assert.Empty(referenced.Except(Allowed[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_is_part_of_the_rule(string room) =>
        Assert.True(File.Exists(ProjectPath(room)), $"Market.{room} is named by the rule and not there.");

    [Fact]
    public void Every_room_stands_in_the_rule()
    {
        var rooms = Directory.GetDirectories(Path.Combine(Vectors.RepositoryRoot, "src"), "Market.*")
            .Select(folder => Path.GetFileName(folder)["Market.".Length..]);

        Assert.Equal(Allowed.Keys.Order(), rooms.Order());
    }

    [Fact]
    public void Pure_rooms_ban_clock_randomness_files_and_sockets()
    {
        foreach (var room in Pure)
        {
            var project = Project(room);
            Assert.Contains(
                project.Descendants("PackageReference"),
                package => package.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
            Assert.Contains(
                project.Descendants("AdditionalFiles"),
                file => file.Attribute("Include")!.Value.EndsWith("BannedSymbols.txt", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Api")]
    [InlineData("Client")]
    [InlineData("Client.NBitcoin")]
    public void A_room_at_the_edge_takes_every_delay_from_its_clock(string room)
    {
        Assert.Contains(
            Project(room).Descendants("PackageReference"),
            package => package.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
        Assert.Contains(
            Project(room).Descendants("AdditionalFiles"),
            file => file.Attribute("Include")!.Value.EndsWith("BannedSymbols.Delays.txt", StringComparison.Ordinal));
    }

    // The curve's native file is none that could be called past CurveNative; Argon2id is called by one class.
    [Fact]
    public void Pure_rooms_use_no_packages_but_the_curve_s_native_file_and_argon2id()
    {
        foreach (var room in Pure)
        {
            Assert.All(
                Project(room).Descendants("PackageReference").Where(package => !IsTheCurve(package) && !IsArgon2id(room, package)),
                package => Assert.Equal("all", package.Attribute("PrivateAssets")?.Value));
        }
    }

    private static bool IsTheCurve(XElement package) => package.Attribute("Include")?.Value == "Secp256k1.Net"
        && package.Attribute("IncludeAssets")?.Value == "native";

    private static bool IsArgon2id(string room, XElement package) =>
        room == "Standing" && package.Attribute("Include")?.Value == "BouncyCastle.Cryptography";

    [Theory]
    [InlineData("Client")]
    [InlineData("Client.NBitcoin")]
    [InlineData("Cli")]
    public void A_wallet_ships_no_database(string room) => Assert.DoesNotContain(
        "Npgsql", File.ReadAllText(Path.Combine(Path.GetDirectoryName(ProjectPath(room))!, "packages.lock.json")),
        StringComparison.Ordinal);

    private static string ProjectPath(string room) =>
        Path.Combine(Vectors.RepositoryRoot, "src", $"Market.{room}", $"Market.{room}.csproj");

    private static XDocument Project(string room) => XDocument.Load(ProjectPath(room));
}
