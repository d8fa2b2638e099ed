using System.Globalization;
using System.Text;
using Market.Fuzzing;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>What NBitcoin and this library said of one case.</summary>
/// <param name="Accepted">Whether this library took it.</param>
/// <param name="Known">The difference that it shows, where it is one of the named ones.</param>
/// <param name="Unexplained">What differs, where no name explains it.</param>
internal readonly record struct Verdict(bool Accepted, KnownDifference? Known = null, string? Unexplained = null)
{
    public static Verdict Differs(bool accepted, string how) => new(accepted, null, how);
}

/// <summary>
/// Random cases of fixed seeds, each of which both libraries answer. MARKET_ORACLE_TIMES multiplies how many are run and
/// MARKET_ORACLE_SEED begins elsewhere, for long runs; a case is found again by its seed alone.
/// </summary>
internal static class OracleRun
{
    private const int MaxShown = 10;
    private const int MaxTimes = 100_000;

    /// <summary>Runs cases until they are through; fails where a difference has no name, or hardly anything was taken.</summary>
    /// <param name="about">The field.</param>
    /// <param name="cases">How many, before they are multiplied.</param>
    /// <param name="ask">Makes a case of random values and asks both.</param>
    /// <param name="takenOnceIn">At least one case in so many is taken; else the cases show nothing.</param>
    public static void Each(string about, int cases, Func<RandomValues, int, Verdict> ask, int takenOnceIn = 20)
    {
        var first = Setting("MARKET_ORACLE_SEED", 0, int.MaxValue);
        var count = cases * Setting("MARKET_ORACLE_TIMES", 1, MaxTimes);
        var taken = 0;
        var known = new SortedDictionary<KnownDifference, int>();
        var shown = new StringBuilder();
        var unexplained = 0;
        for (var i = 0; i < count; i++)
        {
            var seed = unchecked(first + i);
            var verdict = ask(new RandomValues(seed), seed);
            taken += verdict.Accepted ? 1 : 0;
            if (verdict.Known is { } name)
            {
                known[name] = known.GetValueOrDefault(name) + 1;
            }

            if (verdict.Unexplained is { } how && ++unexplained <= MaxShown)
            {
                shown.AppendLine(CultureInfo.InvariantCulture, $"seed {seed}: {how}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{about}: {count} cases, {taken} taken here, {unexplained} unexplained; known: "
            + string.Join(", ", known.Select(each => $"{each.Key} {each.Value}")));
        Assert.True(unexplained == 0, $"{about}: {unexplained} of {count} differ without a name.\n{shown}");
        Assert.InRange(taken, count / takenOnceIn, count);
    }

    private static int Setting(string name, int least, int most) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? Math.Clamp(value, least, most) : least;
}
