using System.Diagnostics;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Bench;

/// <summary>Inputs verified beside what libsecp256k1 takes for their signatures alone.</summary>
internal static class VerificationBench
{
    private const int Inputs = 64;

    public static void Run(int warmUpRounds, int rounds)
    {
        var wpkh = Enumerable.Range(1, Inputs).Select(i => Signed(i, key => Script.P2wpkh(key.PublicKey))).ToList();
        var taproot = Enumerable.Range(1, Inputs)
            .Select(i => Signed(i, key => Taproot.ToScript(key.PublicKey.XOnly))).ToList();
        var cache = new SignatureCache(new byte[32]);
        var system = SystemCurve.Find();
        Timed[] all =
        [
            Of("libsecp256k1, ECDSA", () => Each(wpkh, spend => spend.VerifyEcdsa())),
            Of("P2WPKH input", () => Each(wpkh, spend => spend.Verify(null))),
            Of("libsecp256k1, BIP340", () => Each(taproot, spend => spend.VerifySchnorr())),
            Of("P2TR key path input", () => Each(taproot, spend => spend.Verify(null))),
            Of("P2WPKH input, signature cached", () => Each(wpkh, spend => spend.Verify(cache))),
            Of("P2TR input, signature cached", () => Each(taproot, spend => spend.Verify(cache))),
            .. system is null ? [] : (Timed[])
                [Of("the system's libsecp256k1, ECDSA", () => Each(wpkh, spend => spend.VerifyEcdsa(system)))],
        ];
        Timed.Interleave(warmUpRounds, rounds, all);

        Console.WriteLine("verification of one input; libsecp256k1's time is of parsing key and signature and verifying");
        Console.WriteLine($"{"",-32} {"us",7} {"best",7} {"x library",10}");
        for (var i = 0; i < all.Length; i++)
        {
            var library = all[i is 0 or 1 or 4 or 6 ? 0 : 2];
            Console.WriteLine(
                $"{all[i].Name,-32} {all[i].Median * 1e6,7:F2} {all[i].Best * 1e6,7:F2} {all[i].Median / library.Median,10:F3}");
        }

        Console.WriteLine();
        Spread([.. wpkh.Concat(taproot).Select(spend => spend.Transaction)], rounds);
    }

    // Spreading is for the clock on the wall, not for processor time.
    private static void Spread(List<PrecomputedTransaction> batch, int rounds)
    {
        List<PrecomputedTransaction> many = [.. Enumerable.Repeat(batch, 8).SelectMany(each => each)];
        Console.WriteLine($"batch of {many.Count:N0} inputs over threads, by the clock");
        for (var threads = 1; threads <= Environment.ProcessorCount; threads *= 2)
        {
            var times = new double[Math.Max(5, rounds / 10)];
            for (var i = 0; i < times.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                Require(ParallelVerifier.Verify(many, ScriptFlags.Standard, threads) is null);
                times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

            Console.WriteLine($"{threads,3} threads {many.Count / times.Min(),12:N0} inputs a second at best");
        }
    }

    private static Timed Of(string name, Action action) => new(name, 1, action, Inputs);

    private static void Each(List<Spend> spends, Func<Spend, bool> verify)
    {
        foreach (var spend in spends)
        {
            Require(verify(spend));
        }
    }

    private static void Require(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("A signature that is right was refused.");
        }
    }

    private static Spend Signed(int number, Func<PrivateKey, Script> scriptOf)
    {
        PrivateKey Key() => PrivateKey.Create([.. new byte[31], (byte)number]);
        using var key = Key();
        var output = new TxOut(new Amount(100_000), scriptOf(key));
        var unsigned = new Transaction(
            2,
            [new TxIn(new OutPoint(default, (uint)number), Script.Empty, TxIn.ReplaceableSequence)],
            [new TxOut(new Amount(90_000), output.ScriptPubKey), new TxOut(new Amount(9_000), output.ScriptPubKey)],
            0);
        return new Spend(new PrecomputedTransaction(
            TransactionSigner.Sign(unsigned, [output], _ => Key()), [output]));
    }

    /// <summary>A transaction of one input, and its signature taken apart.</summary>
    private sealed class Spend
    {
        private readonly byte[] _key;
        private readonly byte[] _message;
        private readonly byte[] _signature;

        public Spend(PrecomputedTransaction transaction)
        {
            Transaction = transaction;
            var script = transaction.SpentOutputs[0].ScriptPubKey;
            var witness = transaction.Transaction.Inputs[0].Witness.Items;
            if (script.IsP2tr)
            {
                Require(transaction.TryTaprootSighash(0, SighashType.Default, TaprootSpend.KeyPath, out var hash));
                (_key, _message, _signature) = (script.Span[2..].ToArray(), hash.ToArray(), witness[0].ToArray());
                return;
            }

            _key = witness[1].ToArray();
            _message = transaction.P2wpkhSighash(0, new Hash160(script.Span[2..])).ToArray();
            Require(EcdsaSignature.TryParseDer(witness[0].Span[..^1], out var signature));
            _signature = signature!.Compact.ToArray();
        }

        public PrecomputedTransaction Transaction { get; }

        public bool VerifyEcdsa() => Curve.VerifyEcdsa(_key, _message, _signature);

        public bool VerifyEcdsa(SystemCurve curve) => curve.VerifyEcdsa(_key, _message, _signature);

        public bool VerifySchnorr() => Curve.VerifySchnorr(_key, _message, _signature);

        public bool Verify(SignatureCache? cache) =>
            ScriptVerifier.Verify(Transaction, 0, ScriptFlags.Standard, cache) == ScriptError.OK;
    }
}
