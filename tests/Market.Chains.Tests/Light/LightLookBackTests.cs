using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Light;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>
/// While a script is looked for in blocks that were read before, and after that failed, nothing is told that only the unread blocks
/// could tell.
/// </summary>
public sealed class LightLookBackTests : IDisposable
{
    private const int Tip = 60;
    private const int PaidAt = 20;
    private const int SpentAt = 25;
    private static readonly Script Own = Coins.Owner(30);
    private static readonly Transaction Payment = Coins.Spend(
        [(FakeLine.Unknown(1_000), new Amount(90_000))], [new TxOut(new Amount(50_000), Own), new TxOut(new Amount(30_000), Own)]);
    private static readonly OutPoint Spent = new(Payment.Id, 0);
    private static readonly ImmutableArray<Block> Line = FakeLine.Of(
        Tip, null, 0, (PaidAt, Payment), (SpentAt, Coins.Spend(Spent, new Amount(50_000), Coins.Owner(3))));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Who_asks_while_a_script_is_looked_for_is_told_no_half_of_it()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new FakeSource("a") { Blocks = Line };
        await using var light = Open(source);
        await ReadAsync(light);
        source.Before = id => id == Line[SpentAt - 1].Id ? gate.Task : Task.CompletedTask;
        var first = CoinsAsync(light);
        await Eventually.TrueAsync(() => source.Given.Count(id => id == Line[SpentAt - 1].Id) == 2, "the spend to be asked for");

        var second = CoinsAsync(light);
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.FindUnspentAsync(Spent));
        gate.SetResult();
        foreach (var coins in new[] { await first, await second })
        {
            Assert.Equal(new OutPoint(Payment.Id, 1), Assert.Single(coins).OutPoint);
        }

        Assert.Null(await light.FindUnspentAsync(Spent));
    }

    [Fact]
    public async Task A_coin_whose_spending_was_not_read_is_not_told_as_unspent()
    {
        var source = new FakeSource("a") { Blocks = Line };
        await using var light = Open(source);
        await ReadAsync(light);
        source.Before = id => id == Line[SpentAt - 1].Id ? throw new ChainUnavailableException("It is gone.") : Task.CompletedTask;
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.GetCoinsAsync(Own));
        await Assert.ThrowsAsync<ChainUnavailableException>(async () => await light.FindUnspentAsync(Spent));

        source.Before = _ => Task.CompletedTask;
        Assert.Single(await light.GetCoinsAsync(Own));
        Assert.Null(await light.FindUnspentAsync(Spent));
    }

    [Fact]
    public async Task A_block_that_came_while_a_script_was_looked_for_is_not_told_as_holding_nothing()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new FakeSource("a") { Blocks = Line };
        await using var light = Open(source);
        await ReadAsync(light);
        source.Before = id => id == Line[SpentAt - 1].Id ? gate.Task : Task.CompletedTask;
        var asked = CoinsAsync(light);
        source.Blocks = Line.AddRange(FakeLine.Of(
            1, Line[^1].Header, Tip, (Tip + 1, Coins.Spend(FakeLine.Unknown(5_000), new Amount(8_000), Own))));
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height == Tip + 1, "another block");
        gate.SetResult();
        await Assert.ThrowsAsync<ChainUnavailableException>(() => asked);
        await ReadAsync(light);
        Assert.Equal([PaidAt, Tip + 1], (await light.GetCoinsAsync(Own)).Select(coin => coin.Height));
    }

    [Fact]
    public async Task A_digest_that_is_damaged_on_disk_hides_no_payment()
    {
        await using (var light = Open(new FakeSource("a") { Blocks = Line }))
        {
            await ReadAsync(light);
        }

        // What a loss of power leaves of a page that was not written: noughts.
        var file = Path.Combine(_folder.Path, "digests");
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var next = new byte[Hash256.Length];
        Line[PaidAt].Id.Value.CopyTo(next);
        var end = bytes.AsSpan().IndexOf(next);
        bytes.AsSpan((end - BlockDigest.Of(Line[PaidAt - 1]).Size)..end).Clear();
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        await using var again = Open(new FakeSource("a") { Blocks = Line });
        await ReadAsync(again);
        Assert.Equal(new OutPoint(Payment.Id, 1), Assert.Single(await again.GetCoinsAsync(Own)).OutPoint);
    }

    private LightMainchain Open(FakeSource source) => new(
        NetworkProfile.Of("regtest"), new FakeSources(source), TimeProvider.System, new LightOptions
        {
            PollInterval = TimeSpan.FromMilliseconds(100),
            Timeout = Eventually.Patience,
            Folder = _folder.Path,
        });

    private static async Task<ImmutableArray<UnspentOutput>> CoinsAsync(LightMainchain light) => await light.GetCoinsAsync(Own);

    private static async Task ReadAsync(LightMainchain light) =>
        await Eventually.TrueAsync(async () => (await light.GetTipAsync()).Height >= Tip && await light.GetTroubleAsync() is null,
            "the blocks to be read");
}
