using System.CommandLine;
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

    public static Command Build()
    {
        var path = new Argument<string?>("block")
        {
            Description = "A raw block's file; without, block413567.raw of the test vectors",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("bitcoin", "A real block read and checked, and inputs verified beside libsecp256k1's own time")
        {
            path,
        };
        command.SetAction(parsed => Run(parsed.GetValue(path) ?? Find()));
        return command;
    }

    private static void Run(string? path)
    {
        Console.WriteLine(Machine.Describe());
        Console.WriteLine($"one thread unless said, medians of {Rounds} interleaved rounds, processor time");
        Console.WriteLine();
        if (path is null || !File.Exists(path))
        {
            Console.WriteLine("No block: give a raw block's path, or set MARKET_VECTORS.");
        }
        else
        {
            MeasureBlock(File.ReadAllBytes(path));
        }

        VerificationBench.Run(WarmUpRounds, Rounds);
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
