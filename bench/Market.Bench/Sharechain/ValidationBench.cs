using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Bench.Sharechain;

/// <summary>Shares of many signed inputs, validated from their bytes, beside their hashes and signatures alone.</summary>
internal static class ValidationBench
{
    private const int WarmUpRounds = 4;
    private const int StateOutputs = 1_000_000;
    private const int FillerOutputs = 8_000;
    private const int OwnOutputs = 6_000;
    private const int InputsEach = 4;
    private const double Goal = 1.3;

    public static Task Run(int inputs, int rounds)
    {
        inputs -= inputs % InputsEach;
        var (before, shares) = Make(inputs, WarmUpRounds + rounds);

        // One thread and no memory for signatures: every signature is verified while it is timed.
        var taker = new PureChain(new InterpreterRules());
        before.ForEach(taker.Take);
        Measure(taker, shares, inputs, rounds);
        return Task.CompletedTask;
    }

    private static void Measure(PureChain taker, List<RawWork> shares, int inputs, int rounds)
    {
        var (parsing, taking, hashing, verifying) = (0, 0, 0, 0);
        ShareBlock? share = null;
        var parse = new Timed("parse", 1, () => share = ShareBlock.Parse(shares[parsing++].Bytes));
        var take = new Timed("check and apply", 1, () =>
        {
            taking++;
            taker.Take(share!);
        });
        var hash = new Timed("hashing alone", 1, () => shares[hashing++].Hash());
        var verify = new Timed("signatures alone", 1, () => shares[verifying++].Verify());
        Timed.Interleave(WarmUpRounds, rounds, parse, take, hash, verify);
        if (taking != shares.Count)
        {
            throw new InvalidOperationException("Not every share was measured.");
        }

        Console.WriteLine(
            $"a share of {shares[^1].Bytes.Length:N0} bytes with {inputs:N0} P2WPKH and P2TR inputs on a state of "
            + $"{taker.Chain.State.CoinCount:N0} outputs; one thread, processor time, medians of {rounds}");
        Console.WriteLine($"{"",-32} {"ms",8} {"best",8} {"us/input",9}");
        foreach (var timed in new[] { parse, take, hash, verify })
        {
            Console.WriteLine(
                $"{timed.Name,-32} {timed.Median * 1e3,8:F2} {timed.Best * 1e3,8:F2} {timed.Median * 1e6 / inputs,9:F2}");
        }

        Console.WriteLine(
            $"validation over hashing and signatures: {(parse.Median + take.Median) / (hash.Median + verify.Median):F3} "
            + $"(best times {(parse.Best + take.Best) / (hash.Best + verify.Best):F3}; goal {Goal})");
    }

    // Shares that set the state up, then those that are measured.
    private static (List<ShareBlock> Before, List<RawWork> Shares) Make(int inputs, int count)
    {
        var maker = new PureChain(BenchRules.AsShipped());
        var ownFans = (inputs * count + OwnOutputs - 1) / OwnOutputs;
        var fillers = StateOutputs / FillerOutputs;
        var before = new List<ShareBlock>();
        for (var i = 0; i < ownFans + fillers + BenchRules.Profile.Maturity; i++)
        {
            before.Add(maker.Add(Owners.ScriptOf(0)));
        }

        var bases = new Queue<OwnCoin>(before.SelectMany(share => Owners.CoinsOf(share.Transactions[0])).ToList());
        var progress = new Progress("making shares", fillers + ownFans + count);
        for (var i = 0; i < fillers; i++)
        {
            before.Add(maker.Add(Owners.ScriptOf(0), Filler(bases.Dequeue(), i)));
            progress.Report(i);
        }

        var coins = new List<OwnCoin>();
        for (var i = 0; i < ownFans; i++)
        {
            var fan = Owners.FanOut(bases.Dequeue(), OwnOutputs, fee: 1_000_000);
            before.Add(maker.Add(Owners.ScriptOf(0), fan));
            coins.AddRange(Owners.CoinsOf(fan));
        }

        var shares = new List<RawWork>();
        for (var i = 0; i < count; i++)
        {
            var some = coins.Slice(i * inputs, inputs);
            var transfers = some.Chunk(InputsEach).Select(Transfer).ToArray();
            shares.Add(new RawWork(
                maker.Add(Owners.ScriptOf(0), transfers), some.ToDictionary(coin => coin.OutPoint, coin => coin.Output)));
            progress.Report(fillers + ownFans + i);
        }

        return (before, shares);
    }

    private static Transaction Filler(OwnCoin coin, int number)
    {
        var each = new Amount(coin.Output.Value.Sats / (FillerOutputs + 1));
        return Owners.Spend(
            [coin],
            [
                .. Enumerable.Range(number * FillerOutputs, FillerOutputs)
                    .Select(i => new TxOut(each, Owners.Nobody(i))),
            ]);
    }

    private static Transaction Transfer(OwnCoin[] coins)
    {
        var half = coins.Sum(coin => coin.Output.Value.Sats) / 2 - 1_000;
        return Owners.Spend(
            coins,
            [new TxOut(new Amount(half), Owners.ScriptOf(2)), new TxOut(new Amount(half), Owners.ScriptOf(3))]);
    }
}
