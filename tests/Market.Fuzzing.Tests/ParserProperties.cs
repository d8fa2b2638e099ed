using FsCheck;
using FsCheck.Fluent;

namespace Market.Fuzzing.Tests;

/// <summary>Every parser takes arbitrary bytes and keeps its promises: the fuzzer's targets, in short.</summary>
public sealed class ParserProperties
{
    private const int ArbitraryInputs = 400;
    private const int ValidInputs = 150;
    private const int ChangedInputs = 1_000;
    private const int Seeds = 40;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Takes_arbitrary_bytes(string name)
    {
        var target = FuzzTargets.Find(name)!;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(ArbitraryInputs), Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(), bytes => target.Run(bytes) is { Shape: >= 0 }));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Takes_every_valid_value(string name)
    {
        var target = FuzzTargets.Find(name)!;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(ValidInputs), Prop.ForAll(
            ArbMap.Default.ArbFor<int>(), seed => target.Run(target.Fresh(new RandomValues(seed))).Accepted));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Takes_changed_values(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var values = new RandomValues(1);
        var corpus = Enumerable.Range(0, Seeds).Select(_ => target.Fresh(values)).ToList();
        var mutator = new Mutator(target, 413_567);
        for (var i = 0; i < ChangedInputs; i++)
        {
            var input = mutator.Next(corpus);
            var problem = Record.Exception(() => target.Run(input));
            Assert.True(problem is null, $"{Convert.ToHexStringLower(input)}\n{problem}");
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Takes_every_beginning_of_a_valid_value(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var input = target.Fresh(new RandomValues(7));
        for (var length = 0; length < Math.Min(input.Length, ChangedInputs); length++)
        {
            target.Run(input[..length]);
        }

        Assert.True(target.Run(input).Accepted);
    }
}
