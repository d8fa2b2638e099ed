using Market.Testing;

namespace Market.Tidy;

/// <summary>What kind of contract a leg is locked in is known to the contracts' folder alone: all else sees an ILegContract. No
/// other assembly of src can see the kinds.</summary>
public sealed class LegContractRule
{
    private const string Root = "Market.Swaps.";

    [Fact]
    public void Nobody_outside_of_the_contracts_names_their_kind()
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var room = Path.Combine(Vectors.RepositoryRoot, "src", "Market.Swaps");
        using var references = new TypeReferences(Path.Combine(room, "bin", built.Parent!.Name, built.Name, "Market.Swaps.dll"));
        var contracts = Directory.GetFiles(Path.Combine(room, "Contracts"), "*.cs")
            .Select(file => Root + Path.GetFileNameWithoutExtension(file)).ToHashSet(StringComparer.Ordinal);
        string[] kinds = [Root + "Htlc", Root + "HtlcSigning"];
        Assert.All(kinds, kind => Assert.Contains(kind, contracts));
        var pairs = references.Pairs().Where(pair => kinds.Contains(pair.To)).ToList();
        Assert.Contains((Root + "LegContracts", Root + "Htlc"), pairs);
        Assert.Equal("", string.Join('\n', pairs.Where(pair => !contracts.Contains(pair.From))
            .Select(pair => $"{pair.From} names {pair.To}")));
    }
}
