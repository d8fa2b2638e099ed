using System.CommandLine;

namespace Market.Bench.Sharechain;

/// <summary>
/// <c>market bench sharechain [--part ...]</c>: the sharechain as it ships. Shares are mined by the product's own templates
/// and nonce scanner at an easy target, on a clock set by hand.
/// </summary>
internal static class SharechainBench
{
    private const string Validate = "validate";
    private const string Select = "select";
    private const string Reorg = "reorg";
    private const string Sync = "sync";
    private const string Readers = "readers";

    public static Command Build()
    {
        var parts = new Option<string[]>("--part")
        {
            Description = "Which parts; all without",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [Validate, Select, Reorg, Sync, Readers],
        };
        parts.AcceptOnlyFromAmong(Validate, Select, Reorg, Sync, Readers);
        var inputs = Number("--inputs", 2_000, 8, 2_800, "validate: signed inputs of one share");
        var outputs = Number("--outputs", 10_000_000, 100_000, 40_000_000, "select: unspent outputs");
        var depth = Number("--depth", 100, 1, 250, "reorg: blocks taken back");
        var transfers = Number("--transfers", 3, 0, 100, "reorg, readers: signed transactions of one share");
        var shares = Number("--shares", 120_960, 1_000, 10_000_000, "sync: shares fetched from a local peer");
        var folder = new Option<string?>("--folder")
        {
            Description = "sync: where the chain is kept; with one there already only restarts are measured",
        };
        var readers = Number("--readers", 60, 1, 1_000, "readers: how many read at once");
        var seconds = Number("--seconds", 20, 2, 600, "readers: how long, with and without the writer, for each store");
        var rounds = Number("--rounds", 15, 5, 200, "validate, select, reorg: interleaved rounds");
        var command = new Command("sharechain",
            "The sharechain: validation beside its signatures, selection, reorganisation, sync, restart, readers")
        {
            parts, inputs, outputs, depth, transfers, shares, folder, readers, seconds, rounds,
        };
        command.SetAction(async (parsed, _) =>
        {
            var wanted = parsed.GetValue(parts)!;
            Console.WriteLine(Machine.Describe());
            await RunAsync(wanted, Validate, () =>
                ValidationBench.Run(parsed.GetValue(inputs), parsed.GetValue(rounds)));
            await RunAsync(wanted, Select, () =>
                SelectionBench.Run(parsed.GetValue(outputs), parsed.GetValue(rounds)));
            await RunAsync(wanted, Reorg, () => ReorgBench.RunAsync(
                parsed.GetValue(depth), parsed.GetValue(transfers), parsed.GetValue(rounds)));
            await RunAsync(wanted, Sync, () => SyncBench.RunAsync(parsed.GetValue(shares), parsed.GetValue(folder)));
            await RunAsync(wanted, Readers, () => ReadersBench.RunAsync(
                parsed.GetValue(readers), parsed.GetValue(seconds), parsed.GetValue(transfers)));
        });
        return command;
    }

    private static async Task RunAsync(string[] wanted, string part, Func<Task> run)
    {
        if (!wanted.Contains(part, StringComparer.Ordinal))
        {
            return;
        }

        Console.WriteLine();
        Console.WriteLine($"{part}; load before: {Machine.Load()}");
        await run();

        // What one part leaves behind is no other's to collect.
        _ = Heap.Bytes();
    }

    private static Option<int> Number(string name, int usual, int least, int most, string says)
    {
        var option = new Option<int>(name) { Description = says, DefaultValueFactory = _ => usual };
        option.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is var number && (number < least || number > most))
            {
                given.AddError($"{name}: give a number from {least:N0} to {most:N0}");
            }
        });
        return option;
    }
}
