namespace Market.Hashing.Generator;

/// <summary>Every file the generator writes, by its name in Market.Hashing.</summary>
internal static class GeneratedFiles
{
    public static IReadOnlyDictionary<string, string> All() =>
        Dialects().ToDictionary(
            dialect => $"Generated/{dialect.ClassName}.g.cs", dialect => new KernelWriter(dialect).Write());

    private static Dialect[] Dialects() =>
    [
        new ScalarDialect(),
        new Vector256Dialect(),
        new Vector512Dialect(),
    ];
}
