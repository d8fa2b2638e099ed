
namespace Market.Fuzzing.Tests;

/// <summary>The fuzzer finds what is planted, and remembers what it saw.</summary>
public sealed class FuzzerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly ManualResetEventSlim Never = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("market-fuzz-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Finds_a_planted_crash_and_keeps_its_input()
    {
        var report = Run(Planted(input => input is [.., 0x80, _, _] ? throw new InvalidOperationException("planted") : 0UL));

        Assert.Contains("planted", report.Finding, StringComparison.Ordinal);
        var kept = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "found")));
        Assert.True(File.ReadAllBytes(kept) is [.., 0x80, _, _]);
    }

    [Fact]
    public void Finds_a_planted_hang()
    {
        var report = new FuzzSession(
            Planted(input =>
            {
                Never.Wait(input is [7, ..] ? Timeout.Infinite : 0);
                return 0;
            }),
            new FuzzCorpus(_folder), 1, TimeSpan.FromSeconds(1)).Run(Patience);

        Assert.Contains("hangs", report.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_a_planted_allocation()
    {
        var target = FuzzTarget.Of(
            "planted", string.Empty, new AllocationBound(100, 2),
            (byte[] input, out byte[] value, out int error) =>
            {
                (value, error) = (new byte[input is [9, ..] ? 3 * input.Length + 200 : input.Length], 0);
                return true;
            },
            (_, _) => 0, values => values.Bytes(50));

        Assert.Equal(0UL, target.Run(new byte[50]).Shape);
        Assert.Throws<BrokenPromiseException>(() => target.Run([9, .. new byte[50]]));
    }

    [Fact]
    public void Keeps_inputs_that_end_in_a_new_way_and_reads_them_again()
    {
        var target = Planted(input => (ulong)input.Length / 8);
        var first = new FuzzSession(target, new FuzzCorpus(_folder), 1).Run(Patience, 2_000);
        Assert.True(first is { Finding: null, Added: > 1 });
        Assert.Equal(first.Added, first.Corpus);

        var again = new FuzzCorpus(_folder);
        Assert.Equal(first.Corpus, again.Inputs.Count);
        Assert.Equal(first.Shapes, again.Inputs.Select(input => input.Length / 8).Distinct().Count());
    }

    [Fact]
    public void An_input_that_ended_the_process_is_found_at_the_next_start()
    {
        var corpus = new FuzzCorpus(_folder);
        var running = Path.Combine(_folder, "running.bin");
        File.WriteAllBytes(running, [3, 0, 0, 0, 1, 2, 3, 4, 5]);

        var report = new FuzzSession(Planted(_ => 0), corpus, 1).Run(Patience);

        Assert.NotNull(report.Finding);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(_folder, "found")))));
        Assert.Null(new FuzzCorpus(_folder).TakeUnfinished());
    }

    private FuzzReport Run(FuzzTarget target) => new FuzzSession(target, new FuzzCorpus(_folder), 1).Run(Patience);

    private static FuzzTarget Planted(Func<byte[], ulong> check) => FuzzTarget.Of(
        "planted", string.Empty, new AllocationBound(4096, 16),
        (byte[] input, out byte[] value, out int error) =>
        {
            (value, error) = (input, 0);
            return true;
        },
        (input, _) => check(input), values => values.Bytes(4));
}
