using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Bench;

/// <summary>
/// <c>market bench bitcoin [path of a raw block]</c>: a real block read with all ids and checked, and inputs verified
/// beside libsecp256k1's own time, in one interleaved run.
/// </summary>
internal static class BitcoinBench
{
    private const int Rounds = 101;
    private const int WarmUpRounds = 25;
    private const int BlockRuns = 4;

    public static Task<int> Run(string[] args)
    {
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"one thread unless said, medians of {Rounds} interleaved rounds, processor time");
        Console.WriteLine();
        var path = args.FirstOrDefault() ?? Find();
        if (path is null || !File.Exists(path))
        {
            Console.WriteLine("No block: give a raw block's path, or set MARKET_VECTORS.");
        }
        else
        {
            MeasureBlock(File.ReadAllBytes(path));
        }

        VerificationBench.Run(WarmUpRounds, Rounds);
        return Task.FromResult(0);
    }

    private static void MeasureBlock(byte[] bytes)
    {
        var rules = LedgerRules.Bitcoin(InterpreterRules.Consensus);
        var block = Block.Parse(bytes);
        var parse = new Timed("read with all txids", BlockRuns, () => block = Block.Parse(bytes));
        var check = new Timed("merkle root and block checks", BlockRuns, () => Check(block, rules));
        var both = new Timed("both", BlockRuns, () => Check(Block.Parse(bytes), rules));
        Timed.Interleave(WarmUpRounds, Rounds, parse, check, both);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Check(Block.Parse(bytes), rules);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Console.WriteLine($"block of {bytes.Length:N0} bytes, {block.Transactions.Length:N0} transactions");
        Console.WriteLine($"{"",-32} {"ms",7} {"best",7}");
        foreach (var timed in new[] { parse, check, both })
        {
            Console.WriteLine($"{timed.Name,-32} {timed.Median * 1e3,7:F2} {timed.Best * 1e3,7:F2}");
        }

        Console.WriteLine($"{"allocated for both",-32} {allocated / 1e6,7:F2} MB");
        Console.WriteLine();
    }

    private static void Check(Block block, LedgerRules rules)
    {
        var failure = BlockChecks.Check(block, rules);
        if (!failure.IsOk || !block.Header.MeetsOwnTarget)
        {
            throw new InvalidOperationException($"The block is not valid: {failure.Error}.");
        }
    }

    private static string? Find()
    {
        string?[] folders =
        [
            Environment.GetEnvironmentVariable("MARKET_VECTORS"), Path.Combine("..", "shared", "vectors"),
        ];
        return folders.OfType<string>().Select(folder => Path.Combine(folder, "core", "block413567.raw"))
            .FirstOrDefault(File.Exists);
    }
}
