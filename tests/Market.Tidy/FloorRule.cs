using Market.Testing;

namespace Market.Tidy;

/// <summary>The server's floors: each calls only floors below it, and no feature calls another. The drawing of
/// docs/architecture.md, held on the types of the compiled server.</summary>
public sealed class FloorRule
{
    private const string Root = "Market.Api.";
    private const string Features = "Features";
    private const string Generated = "Generated";

    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Results"] = [],
        ["Data"] = ["Results"],
        ["Realtime"] = ["Data", "Results"],
        ["Chains"] = ["Realtime", "Data", "Results"],
        ["Standing"] = ["Chains", "Data", "Results"],
        ["Analytics"] = ["Chains", "Realtime", "Data", "Results"],
        ["Trading"] = ["Standing", "Chains", "Realtime", "Data", "Results"],
        ["Settlement"] = ["Trading", "Standing", "Chains", "Realtime", "Data", "Results"],
        ["Instruments"] = ["Settlement", "Trading", "Standing", "Analytics", "Chains", "Realtime", "Data", "Results"],
        ["Doors"] = ["Instruments", "Settlement", "Trading", "Standing", "Analytics", "Chains", "Realtime", "Data", "Results"],
        [Features] =
            ["Doors", "Instruments", "Settlement", "Trading", "Standing", "Analytics", "Chains", "Realtime", "Data", "Results"],
        ["Hosting"] =
        [
            Features, "Doors", "Instruments", "Settlement", "Trading", "Standing", "Analytics", "Chains", "Realtime", "Data",
            "Results",
        ],
    };

    private static readonly Lazy<(string From, string To)[]> References = new(Read);

    public static TheoryData<string> Floors => [.. Below.Keys];

    [Theory]
    [MemberData(nameof(Floors))]
    public void A_floor_calls_only_floors_below_it(string floor) => None(References.Value.Where(pair =>
        FloorOf(pair.From) == floor && FloorOf(pair.To) != floor && !Below[floor].Contains(FloorOf(pair.To))));

    [Fact]
    public void A_feature_calls_no_other() => None(References.Value.Where(pair =>
        FloorOf(pair.From) == Features && FloorOf(pair.To) == Features && FeatureOf(pair.From) != FeatureOf(pair.To)));

    [Fact]
    public void Every_type_of_the_server_stands_on_a_floor() => Assert.DoesNotContain(
        References.Value.SelectMany(pair => new[] { pair.From, pair.To }).Distinct(), type => !Below.ContainsKey(FloorOf(type)));

    [Fact]
    public void Every_folder_of_the_server_is_a_floor() => Assert.Equal(Below.Keys.Order(), Directory
        .GetDirectories(Path.Combine(Vectors.RepositoryRoot, "src", "Market.Api")).Select(folder => Path.GetFileName(folder))
        .Except(["bin", "obj"]).Order());

    [Theory]
    [InlineData("Instruments.InstrumentServices", "Settlement.SwapServices")]
    [InlineData("Hosting.DatabaseStart", "Doors.Auth.SignedOut")]
    public void What_is_named_in_the_body_of_a_method_counts(string from, string to) =>
        Assert.Contains((Root + from, Root + to), References.Value);

    private static void None(IEnumerable<(string From, string To)> wrong) =>
        Assert.Equal("", string.Join('\n', wrong.Select(pair => $"{pair.From} names {pair.To}")));

    private static string FloorOf(string type) =>
        type.StartsWith(Root, StringComparison.Ordinal) ? type[Root.Length..].Split('.')[0] : Generated;

    private static string FeatureOf(string type) => type[Root.Length..].Split('.')[1];

    private static (string From, string To)[] Read()
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var server = Path.Combine(
            Vectors.RepositoryRoot, "src", "Market.Api", "bin", built.Parent!.Name, built.Name, "Market.Api.dll");
        using var references = new TypeReferences(server);
        return [.. references.Pairs().Where(pair => FloorOf(pair.From) != Generated && FloorOf(pair.To) != Generated)];
    }
}
