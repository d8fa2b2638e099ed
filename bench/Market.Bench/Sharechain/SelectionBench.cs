using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>
/// The state of many unspent outputs: who is drawn, and outputs coming and going, beside a scan of the weights in a row and a
/// plain dictionary; and what an output takes of memory.
/// </summary>
internal static class SelectionBench
{
    private const int WarmUpRounds = 5;
    private const int FillerOutputs = 20_000;
    private const int EachBlock = 5_000;
    private const int Draws = 5_000;
    private const int Scans = 4;
    private const double GoalMicroseconds = 2;
    private const int GoalBytes = 160;

    public static Task Run(int outputs, int rounds)
    {
        var pattern = new PureChain(InterpreterRules.Consensus).Add(Owners.ScriptOf(0));
        var state = new SharechainState(BenchRules.Profile, InterpreterRules.Consensus);
        var random = new Random(1);
        var before = Heap.Bytes();
        var made = Fill(state, pattern, outputs, random);
        var bytes = (Heap.Bytes() - before) / (double)state.CoinCount;
        Measure(state, new Blocks(pattern, state, made, random), random, rounds);
        Console.WriteLine($"{bytes:F1} bytes of memory for each unspent output with selection (goal {GoalBytes})");
        GC.KeepAlive(state);
        return Task.CompletedTask;
    }

    private static void Measure(SharechainState state, Blocks blocks, Random random, int rounds)
    {
        var weights = state.Coins.OrderBy(coin => coin.Place).Select(coin => coin.Weight).ToArray();
        var peer = new Dictionary<OutPoint, long>(state.CoinCount + EachBlock * (rounds + WarmUpRounds));
        foreach (var coin in state.Coins)
        {
            peer.Add(coin.OutPoint, coin.Weight);
        }

        var total = state.MatureUnits;
        var adds = blocks.Adding(rounds + WarmUpRounds);
        var spends = blocks.Spending(rounds + WarmUpRounds);

        // Ids are hashed beforehand: a validator has them when it comes to this.
        _ = adds.Concat(spends).Count(transaction => transaction.Id == default);
        var (adding, spending, peerAdding, peerSpending) = (0, 0, 0, 0);
        var done = new Stack<(ShareBlock Block, ShareUndo Undo)>();

        var draw = new Timed("draw a winner", 1, () => Draw(state, random), Draws);
        var scan = new Timed("the same by a linear scan", 1, () => Scan(weights, state.Tip, total, random), Scans);
        var add = new Timed("add an output", 1, () => done.Push(blocks.Apply(adds[adding++])), EachBlock);
        var spend = new Timed("spend an output", 1, () => done.Push(blocks.Apply(spends[spending++])), EachBlock);
        var undo = new Timed("take one back, added or spent", 1, () => Undo(state, done), 2 * EachBlock);
        var peerAdd = new Timed("plain dictionary: add", 1, () => Add(peer, adds[peerAdding++]), EachBlock);
        var peerSpend = new Timed("plain dictionary: remove", 1, () => Remove(peer, spends[peerSpending++]), EachBlock);
        Timed.Interleave(WarmUpRounds, rounds, draw, scan, add, spend, undo, peerAdd, peerSpend);

        Console.WriteLine(
            $"{state.CoinCount:N0} unspent outputs; a block adds or spends {EachBlock:N0}; processor time, medians of {rounds}");
        Console.WriteLine($"{"",-32} {"us",10} {"best",10}   goal {GoalMicroseconds} us");
        foreach (var timed in new[] { draw, scan, add, peerAdd, spend, peerSpend, undo })
        {
            Console.WriteLine($"{timed.Name,-32} {timed.Median * 1e6,10:F3} {timed.Best * 1e6,10:F3}");
        }

        Console.WriteLine(
            $"a scan covers {weights.Length / 2:N0} of {weights.Length:N0} weights side by side on average: "
            + $"{scan.Median / draw.Median:N0} times a draw; "
            + $"adding {add.Median / peerAdd.Median:F1} and spending {spend.Median / peerSpend.Median:F1} times a plain "
            + "dictionary without selection, coins by script and undo");
    }

    private static void Draw(SharechainState state, Random random)
    {
        var first = random.Next();
        for (var i = 0; i < Draws; i++)
        {
            _ = state.Draw(first ^ i);
        }
    }

    private static void Scan(long[] weights, ShareId tip, long total, Random random)
    {
        for (var i = 0; i < Scans; i++)
        {
            var unit = Market.Sharechain.Draws.Unit(tip, random.Next(), total);
            var at = 0;
            while (unit >= weights[at])
            {
                unit -= weights[at++];
            }
        }
    }

    private static void Undo(SharechainState state, Stack<(ShareBlock Block, ShareUndo Undo)> done)
    {
        while (done.TryPop(out var last))
        {
            state.Undo(last.Block, last.Undo);
        }
    }

    private static void Add(Dictionary<OutPoint, long> peer, Transaction transaction)
    {
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            peer.Add(new OutPoint(transaction.Id, (uint)i), transaction.Outputs[i].Value.Sats);
        }
    }

    private static void Remove(Dictionary<OutPoint, long> peer, Transaction transaction)
    {
        foreach (var input in transaction.Inputs)
        {
            if (!peer.Remove(input.PreviousOutput))
            {
                throw new InvalidOperationException("An output is not where it was.");
            }
        }
    }

    private static List<TxId> Fill(SharechainState state, ShareBlock pattern, int outputs, Random random)
    {
        var blocks = new Blocks(pattern, state, [], random);
        var made = new List<TxId>();
        var progress = new Progress("making outputs", outputs);
        for (var at = 0; at < outputs; at += FillerOutputs)
        {
            var filler = Blocks.Made(FillerOutputs, at, random);
            blocks.Apply(filler);
            made.Add(filler.Id);
            progress.Report(at);
        }

        // All of them take part in the draw.
        for (var i = 0; i < BenchRules.Profile.Maturity; i++)
        {
            blocks.Apply(Blocks.Made(1, outputs + i, random));
        }

        return made;
    }

    /// <summary>Blocks for the state alone: it applies what was found valid before, and asks for no signature.</summary>
    private sealed class Blocks(ShareBlock pattern, SharechainState state, List<TxId> made, Random random)
    {
        private const int MostValue = 1_000_000;

        /// <summary>A sharebase of so many outputs, each of another script.</summary>
        public static Transaction Made(int outputs, int number, Random random)
        {
            var input = new TxIn(OutPoint.Null, new Script(BitConverter.GetBytes(number)), TxIn.FinalSequence);
            return new Transaction(2, [input], Outputs(outputs, number, random), 0);
        }

        /// <summary>Transactions that spend one output each and make many.</summary>
        public List<Transaction> Adding(int count) =>
        [
            .. Enumerable.Range(0, count).Select(i => new Transaction(
                2, [Input(new OutPoint(made[i], FillerOutputs - 1))], Outputs(EachBlock, -i * EachBlock - 1, random), 0)),
        ];

        /// <summary>Transactions that spend many outputs from all over the state, and make one.</summary>
        public List<Transaction> Spending(int count)
        {
            var taken = new HashSet<OutPoint>();
            return
            [
                .. Enumerable.Range(0, count).Select(i =>
                {
                    var inputs = ImmutableArray.CreateBuilder<TxIn>(EachBlock);
                    while (inputs.Count < EachBlock)
                    {
                        var outPoint = new OutPoint(made[random.Next(made.Count)], (uint)random.Next(FillerOutputs - 1));
                        if (taken.Add(outPoint))
                        {
                            inputs.Add(Input(outPoint));
                        }
                    }

                    return new Transaction(2, inputs.MoveToImmutable(), Outputs(1, int.MinValue + i, random), 0);
                }),
            ];
        }

        public (ShareBlock Block, ShareUndo Undo) Apply(Transaction transaction)
        {
            var block = pattern with
            {
                Transactions = [transaction],
                Header = pattern.Header with
                {
                    Parent = state.Tip,
                    Height = (uint)state.Height + 1,
                    TxRoot = transaction.Id.Value,
                },
            };
            return (block, state.Apply(block, 0));
        }

        private static TxIn Input(OutPoint outPoint) => new(outPoint, Script.Empty, TxIn.FinalSequence);

        private static ImmutableArray<TxOut> Outputs(int count, int first, Random random)
        {
            var outputs = ImmutableArray.CreateBuilder<TxOut>(count);
            for (var i = 0; i < count; i++)
            {
                outputs.Add(new TxOut(new Amount(random.Next(1, MostValue)), Owners.Nobody(first + i)));
            }

            return outputs.MoveToImmutable();
        }
    }
}
