using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>What the state takes of memory. Alone, since all that runs beside it would be counted too.</summary>
[CollectionDefinition(nameof(CoinMemoryTests), DisableParallelization = true)]
[Collection(nameof(CoinMemoryTests))]
public sealed class CoinMemoryTests(ITestOutputHelper output)
{
    private const int Outputs = 1_000_000;
    private const int EachBlock = 20_000;
    private const int MostBytesEach = 160;

    // Room for what the runtime pools of the largest transactions; it does not grow with their number.
    private const int MostBytesOfSpent = 12;

    [Fact]
    public void An_unspent_output_takes_at_most_160_bytes_with_selection_and_a_spent_one_none()
    {
        var lab = new Lab();
        lab.AddMany(3 + Outputs / EachBlock + lab.Profile.Maturity, Lab.Owner(1));
        var state = lab.State;
        var coins = state.Coins.Where(state.IsMature).OrderBy(coin => coin.Place).ToArray();
        var pattern = lab.Next();

        // Once before, so that what the runtime keeps for the next time is not counted.
        Spend(state, pattern, Apply(state, pattern, Lab.Spend(coins[^1].OutPoint, Pay(Outputs / EachBlock))));
        var before = Memory();
        var made = new List<TxId>();
        for (var i = 0; i < Outputs / EachBlock; i++)
        {
            made.Add(Apply(state, pattern, Lab.Spend(coins[i].OutPoint, Pay(i))));
        }

        var full = Memory();
        var each = (full - before) / (double)Outputs;
        output.WriteLine($"{each:0.0} bytes for each unspent P2WPKH output");
        Assert.InRange(each, PackedCoin.InlineScript, MostBytesEach);
        Assert.True(state.CoinCount > Outputs);
        Assert.NotNull(state.Draw());

        foreach (var id in made)
        {
            Spend(state, pattern, id);
        }

        var left = (Memory() - before) / (double)Outputs;
        output.WriteLine($"{left:0.0} bytes for each spent output");
        Assert.InRange(left, double.MinValue, MostBytesOfSpent);
        GC.KeepAlive(lab);
    }

    private static void Spend(SharechainState state, ShareBlock pattern, TxId id)
    {
        var inputs = Enumerable.Range(0, EachBlock).Select(index => new TxIn(new OutPoint(id, (uint)index), Script.Empty, 0));
        Apply(state, pattern, new Transaction(2, [.. inputs], [new TxOut(new Amount(1), Lab.Owner(2))], 0));
    }

    private static ImmutableArray<TxOut> Pay(int block)
    {
        var outputs = ImmutableArray.CreateBuilder<TxOut>(EachBlock);
        for (var i = 0; i < EachBlock; i++)
        {
            var program = new byte[20];
            BitConverter.TryWriteBytes(program, block * EachBlock + i);
            outputs.Add(new TxOut(new Amount(1), new Script((byte[])[0, 20, .. program])));
        }

        return outputs.MoveToImmutable();
    }

    // The state alone: blocks that need not be valid.
    private static TxId Apply(SharechainState state, ShareBlock pattern, Transaction transaction)
    {
        state.Apply(
            pattern with
            {
                Transactions = [transaction],
                Header = pattern.Header with
                {
                    Parent = state.Tip,
                    Height = (uint)state.Height + 1,
                    TxRoot = transaction.Id.Value,
                },
            },
            0);
        return transaction.Id;
    }

    [SuppressMessage("Critical Code Smell", "S1215", Justification = "What is left after collecting is what is measured.")]
    private static long Memory()
    {
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
