using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Light;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>
/// Old blocks are passed over by compact filters only where all that serve them agree, and payments in them are found.
/// </summary>
public sealed class LightFilterTests : IDisposable
{
    private const int Tip = 60;
    private const int Whole = 10;
    private const int PaidAt = 20;
    private const int SpentAt = 25;
    private static readonly NetworkProfile Network = NetworkProfile.Of("regtest");
    private static readonly Script Own = Coins.Owner(30);
    private static readonly Script Other = Coins.Owner(31);
    private static readonly Transaction Payment = Coins.Spend(
        [(FakeLine.Unknown(1_000), new Amount(90_000))], [new TxOut(new Amount(50_000), Own), new TxOut(new Amount(30_000), Own)]);
    private static readonly Transaction Beside = Coins.Spend(FakeLine.Unknown(2_000), new Amount(20_000), Other);
    private static readonly Transaction Spend = Coins.Spend(new OutPoint(Payment.Id, 0), new Amount(50_000), Coins.Owner(3));
    private static readonly ImmutableArray<Block> Line = FakeLine.Of(
        Tip, null, 0, (PaidAt, Payment), (PaidAt, Beside), (SpentAt, Spend), (Tip - Whole + 1, Coins.Spend(
            FakeLine.Unknown(3_000), new Amount(10_000), Coins.Owner(32))));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Old_blocks_are_not_fetched_where_filters_agree_and_a_payment_in_one_is_found_later()
    {
        FakeSource[] sources = [Serving("a", new FakeFilters("a", Line)), Serving("b", new FakeFilters("b", Line)), Serving("c")];
        await using var light = Open(sources);
        await ReadAsync(light);
        Assert.Equal(Enumerable.Range(Tip - Whole + 1, Whole), Fetched(sources));

        // A script that was asked for later is looked for in the filters that were kept.
        await FindsAsync(light);
        Assert.Equal([PaidAt, SpentAt, .. Enumerable.Range(Tip - Whole + 1, Whole)], Fetched(sources));
        Assert.Single(await light.GetCoinsAsync(Coins.Owner(32)));
        Assert.Empty(await light.GetCoinsAsync(Coins.Owner(33)));
        Assert.Equal([PaidAt, SpentAt, .. Enumerable.Range(Tip - Whole + 1, Whole)], Fetched(sources));
        Assert.Equal(1, sources.Sum(source => ((FakeFilters?)source.Filters)?.FiltersAsked ?? 0));
    }

    [Fact]
    public async Task The_newest_blocks_are_read_whole_whatever_filters_say()
    {
        FakeSource[] sources =
        [
            Serving("a", new FakeFilters("a", Line) { Lie = Nothing }), Serving("b", new FakeFilters("b", Line) { Lie = Nothing }),
        ];
        await using var light = Open(sources);
        await ReadAsync(light);
        Assert.Single(await light.GetCoinsAsync(Coins.Owner(32)));
        Assert.Superset(Enumerable.Range(Tip - Whole + 1, Whole).ToHashSet(), Fetched(sources).ToHashSet());
    }

    [Fact]
    public async Task A_filter_of_one_of_two_that_leaves_a_payment_out_is_a_disagreement_and_blocks_are_read_whole()
    {
        var liar = new FakeFilters("b", Line) { Lie = LeavingOut(Own) };
        FakeSource[] sources = [Serving("a", new FakeFilters("a", Line)), Serving("b", liar)];
        await using var light = Open(sources);
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Equal(Enumerable.Range(PaidAt, Tip - PaidAt + 1), Fetched(sources));
    }

    [Fact]
    public async Task One_that_leaves_a_payment_out_is_caught_by_the_block_and_the_others_are_gone_on_with()
    {
        var liar = new FakeFilters("b", Line) { Lie = LeavingOut(Own) };
        FakeSource[] sources =
            [Serving("a", new FakeFilters("a", Line)), Serving("b", liar), Serving("c", new FakeFilters("c", Line))];
        await using var light = Open(sources);
        await ReadAsync(light);
        var asked = liar.HashesAsked;
        await FindsAsync(light);
        Assert.Equal([PaidAt, SpentAt, .. Enumerable.Range(Tip - Whole + 1, Whole)], Fetched(sources));
        Assert.Equal(asked, liar.HashesAsked);
    }

    [Fact]
    public async Task One_that_puts_something_in_makes_blocks_be_read_whole_and_nothing_worse()
    {
        var odd = new FakeFilters("b", Line)
        {
            Lie = (height, block, filter) => height < PaidAt ? filter.Bytes
                : CompactFilter.Of(block, [Own, Other, Coins.Owner(99)]).Bytes,
        };
        FakeSource[] sources = [Serving("a", new FakeFilters("a", Line)), Serving("b", odd)];
        await using var light = Open(sources);
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Equal(Enumerable.Range(PaidAt, Tip - PaidAt + 1), Fetched(sources));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fewer_than_two_groups_are_too_few(bool two)
    {
        FakeSource[] sources =
        [
            Serving("a", new FakeFilters("one", Line) { Lie = LeavingOut(Own) }),
            two ? Serving("b", new FakeFilters("one", Line) { Lie = LeavingOut(Own) }) : Serving("b"),
        ];
        await using var light = Open(sources);
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Equal(Enumerable.Range(1, Tip), Fetched(sources));
    }

    [Fact]
    public async Task Where_filters_are_not_wanted_every_block_is_read_whole()
    {
        FakeSource[] sources = [Serving("a", new FakeFilters("a", Line)), Serving("b", new FakeFilters("b", Line))];
        await using var light = Open(Options with { UsesFilters = false }, sources);
        await ReadAsync(light);
        Assert.Equal(Enumerable.Range(1, Tip), Fetched(sources));
    }

    [Fact]
    public async Task Filters_that_are_not_those_of_their_headers_are_not_used_and_the_next_source_is_asked()
    {
        const int later = Tip + 2 * Whole;
        var longer = Grown(Line, later);
        var odd = new FakeFilters("a", Line, longer) { Sent = _ => new byte[] { 0 } };
        FakeSource[] sources =
        [
            Serving("a", odd), Serving("b", new FakeFilters("b", Line, longer)), Serving("c", new FakeFilters("c", Line, longer)),
        ];
        await using var light = Open(sources);
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Equal([PaidAt, SpentAt, .. Enumerable.Range(Tip - Whole + 1, Whole)], Fetched(sources));

        // Nor is it asked again.
        var asked = odd.HashesAsked;
        foreach (var source in sources)
        {
            source.Blocks = longer;
        }

        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == later, "more blocks");
        await ReadAsync(light);
        Assert.DoesNotContain(longer[Tip].Id, sources.SelectMany(source => source.Given));
        Assert.Equal((1, asked), (odd.FiltersAsked, odd.HashesAsked));
    }

    [Fact]
    public async Task A_script_that_no_filter_holds_is_looked_for_in_every_block()
    {
        var data = Script.OpReturn([1, 2, 3]);
        var line = Grown(FakeLine.Of(PaidAt), Tip, (PaidAt + 1, Coins.Spend(FakeLine.Unknown(6_000), new Amount(9_000), data)));
        FakeSource[] sources = [Serving("a", new FakeFilters("a", line), line), Serving("b", new FakeFilters("b", line), line)];
        await using var light = Open(sources);
        await ReadAsync(light);
        Assert.DoesNotContain(line[PaidAt].Id, sources.SelectMany(source => source.Given));
        Assert.Equal(PaidAt + 1, Assert.Single(await light.GetCoinsAsync(data)).Height);
        Assert.Equal(Tip, sources.SelectMany(source => source.Given).Distinct().Count());
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("short")]
    [InlineData("past")]
    [InlineData("none")]
    [InlineData("gone")]
    [InlineData("mute")]
    public async Task One_that_answers_nothing_of_use_makes_blocks_be_read_whole(string how)
    {
        var odd = new FakeFilters("b", Line)
        {
            Lie = how == "garbage" ? (_, _, _) => new byte[] { 3, 1, 2 } : null,
            Answered = how switch
            {
                "short" => (said, _) => Task.FromResult<FilterHashes?>(said with { Hashes = said.Hashes[1..] }),
                "past" => (said, _) => Task.FromResult<FilterHashes?>(said with { Previous = Hash256.DoubleSha256([9]) }),
                "none" => (_, _) => Task.FromResult<FilterHashes?>(null),
                "gone" => (_, _) => throw new ChainUnavailableException("It is gone."),
                "mute" => async (_, stop) =>
                {
                    await Task.Delay(Timeout.Infinite, stop);
                    return null;
                }
                ,
                _ => null,
            },
        };
        FakeSource[] sources = [Serving("a", new FakeFilters("a", Line)), Serving("b", odd)];
        await using var light = Open(Options with { Timeout = TimeSpan.FromSeconds(1) }, sources);
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Equal(Enumerable.Range(1, Tip), Fetched(sources));

        // At 1, 17 and 49 of 50 old blocks: the longer it goes on, the less often it is waited for.
        Assert.True(odd.HashesAsked <= 3, $"It was asked {odd.HashesAsked} times.");
    }

    [Fact]
    public async Task Garbage_that_all_agree_on_is_no_filter()
    {
        Func<int, Block, CompactFilter, ReadOnlyMemory<byte>> garbage = (_, _, _) => new byte[] { 3, 1, 2 };
        FakeSource[] sources =
        [
            Serving("a", new FakeFilters("a", Line) { Lie = garbage }), Serving("b", new FakeFilters("b", Line) { Lie = garbage }),
        ];
        await using var light = Open(sources);
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Equal(Enumerable.Range(1, Tip), Fetched(sources));
    }

    [Fact]
    public async Task A_lie_of_all_is_noticed_once_its_block_is_read_and_none_of_their_filters_is_used_any_more()
    {
        FakeSource[] sources =
        [
            Serving("a", new FakeFilters("a", Line) { Lie = LeavingOut(Own) }),
            Serving("b", new FakeFilters("b", Line) { Lie = LeavingOut(Own) }),
        ];
        await using var light = Open(sources);
        await ReadAsync(light);

        // What all that serve leave out is not seen: one of them must be honest.
        Assert.Empty(await light.GetCoinsAsync(Own));
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.GetCoinsAsync(Other));
        await ReadAsync(light);
        await FindsAsync(light);
        Assert.Single(await light.GetCoinsAsync(Other));
        Assert.Equal(Enumerable.Range(1, Tip), Fetched(sources));
    }

    [Fact]
    public async Task After_a_restart_the_filters_that_were_kept_are_used_without_asking_anybody()
    {
        await using (var light = Open(
            Options with { Folder = _folder.Path }, Serving("a", new FakeFilters("a", Line)),
            Serving("b", new FakeFilters("b", Line))))
        {
            await ReadAsync(light);
        }

        FakeSource[] sources = [Serving("a")];
        await using var again = Open(Options with { Folder = _folder.Path }, sources);
        await ReadAsync(again);
        Assert.Empty(Fetched(sources));
        await FindsAsync(again);
        Assert.Equal([PaidAt, SpentAt], Fetched(sources));
    }

    [Fact]
    public async Task On_a_branch_that_left_among_old_blocks_payments_are_found_and_lost_as_on_any()
    {
        const int fork = 40;
        const int again = 45;
        var line = FakeLine.Of(fork, null, 0, (PaidAt, Payment));
        var first = Grown(line, Tip, (again + 2, Coins.Spend(FakeLine.Unknown(5_000), new Amount(8_000), Own)));
        var branch = Grown(
            line, Tip + 2, (again, Spend), (again + 1, Coins.Spend(FakeLine.Unknown(4_000), new Amount(7_000), Own)));
        FakeSource[] sources =
        [
            Serving("a", new FakeFilters("a", first, branch), first), Serving("b", new FakeFilters("b", first, branch), first),
        ];
        await using var light = Open(sources);
        await ReadAsync(light);
        Assert.Equal([PaidAt, PaidAt, again + 2], (await light.GetCoinsAsync(Own)).Select(coin => coin.Height));

        foreach (var source in sources)
        {
            source.Blocks = branch;
        }

        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == Tip + 2, "the other branch");
        await ReadAsync(light);
        Assert.Equal([PaidAt, again + 1], (await light.GetCoinsAsync(Own)).Select(coin => coin.Height));
        var fetched = sources.SelectMany(source => source.Given).ToHashSet();
        Assert.DoesNotContain(branch[fork].Id, fetched);
        Assert.Contains(branch[again - 1].Id, fetched);
        Assert.Contains(branch[Tip + 2 - Whole].Id, fetched);
    }

    private static LightOptions Options => new()
    {
        PollInterval = TimeSpan.FromMilliseconds(100),
        Timeout = Eventually.Patience,
        WholeBlocks = Whole,
    };

    private static LightMainchain Open(params FakeSource[] sources) => Open(Options, sources);

    private static LightMainchain Open(LightOptions options, params FakeSource[] sources) =>
        new(Network, new FakeSources([.. sources]), TimeProvider.System, options);

    private static FakeSource Serving(string name, FakeFilters? filters = null, ImmutableArray<Block>? blocks = null) =>
        new(name) { Blocks = blocks ?? Line, Filters = filters };

    private static ImmutableArray<Block> Grown(
        ImmutableArray<Block> line, int tip, params (int Height, Transaction Held)[] held) =>
        line.AddRange(FakeLine.Of(tip - line.Length, line[^1].Header, line.Length, held));

    private static async Task ReadAsync(LightMainchain light) =>
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height >= Tip && await light.GetTroubleAsync() is null,
            "the blocks to be read");

    // The payment's second output, since a later block spends its first.
    private static async Task FindsAsync(LightMainchain light)
    {
        var coin = Assert.Single(await light.GetCoinsAsync(Own));
        Assert.Equal((new OutPoint(Payment.Id, 1), PaidAt), (coin.OutPoint, coin.Height));
    }

    private static List<int> Fetched(IEnumerable<FakeSource> sources) =>
    [
        .. sources.SelectMany(source => source.Given).Distinct()
            .Select(id => Line.Select(block => block.Id).ToList().IndexOf(id) + 1).Order(),
    ];

    private static ReadOnlyMemory<byte> Nothing(int height, Block block, CompactFilter filter) => new byte[] { 0 };

    // The filter of the same block, but for a script.
    private static Func<int, Block, CompactFilter, ReadOnlyMemory<byte>> LeavingOut(Script script) => (_, block, filter) =>
        !filter.MayHold(script) ? filter.Bytes
            : CompactFilter.Of(
                new Block(block.Header, []), CompactFilter.PaidBy(block).Where(paid => paid != script)).Bytes;
}
