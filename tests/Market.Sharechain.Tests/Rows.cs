namespace Market.Sharechain.Tests;

/// <summary>Every row that is enforced, in numbers that a test of some dozen blocks comes up against.</summary>
internal static class Rows
{
    public static TheoryData<string> Names => [.. Enforced.Select(row => row.Name)];

    private static IEnumerable<SharechainProfile> Enforced =>
        SharechainProfile.All.Where(row => row.IsEnforced && row.Name.EndsWith("-devnet", StringComparison.Ordinal));

    public static SharechainProfile Of(string name)
    {
        var row = Lab.EasyOf(SharechainProfile.Find(name)!);
        return row.Window is { } window
            ? row with { Payout = window with { Multiplier = 9, MostBlocks = 11, Holders = window.Holders is null ? null : 3 } }
            : row;
    }

    /// <summary>Every row with each of some seeds.</summary>
    public static TheoryData<string, int> WithSeeds(int most)
    {
        var data = new TheoryData<string, int>();
        foreach (var row in Enforced)
        {
            for (var seed = 1; seed <= most; seed++)
            {
                data.Add(row.Name, seed);
            }
        }

        return data;
    }
}
