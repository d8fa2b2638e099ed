using Market.Hashing.Generator;
using Market.Testing;

namespace Market.Hashing.Tests;

public sealed class GeneratedKernelTests
{
    private const string WriteSwitch = "MARKET_WRITE_GENERATED";

    public static TheoryData<string> Files => [.. GeneratedFiles.All().Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void Generated_kernels_are_current(string file)
    {
        string path = Path.Combine(Vectors.RepositoryRoot, "src", "Market.Hashing", file);
        string text = GeneratedFiles.All()[file];
        if (Environment.GetEnvironmentVariable(WriteSwitch) == "1") File.WriteAllText(path, text);

        Assert.True(
            File.ReadAllText(path) == text, $"{file} is not what the generator writes. Run with {WriteSwitch}=1.");
    }
}
