using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Bench.Sharechain;

/// <summary>An output that the bench can spend.</summary>
/// <param name="OutPoint">Its name.</param>
/// <param name="Output">Amount and script.</param>
/// <param name="Key">The number of its key.</param>
internal readonly record struct OwnCoin(OutPoint OutPoint, TxOut Output, int Key);

/// <summary>Keys that are numbers, their scripts, and transactions between them.</summary>
internal static class Owners
{
    private const int Keys = 64;

    private static readonly Script[] Wpkh = Scripts(key => Script.P2wpkh(key.PublicKey));
    private static readonly Script[] Taproots = Scripts(key => Taproot.ToScript(key.PublicKey.XOnly));

    /// <summary>P2WPKH for even numbers, P2TR for odd ones.</summary>
    public static Script ScriptOf(int number) => number % 2 == 0 ? Wpkh[number % Keys] : Taproots[number % Keys];

    /// <summary>A P2WPKH script that nobody knows a key of; each number is another.</summary>
    public static Script Nobody(int number)
    {
        var program = new byte[20];
        BitConverter.TryWriteBytes(program, number);
        program[^1] = 0xff;
        return new Script((byte[])[0, 20, .. program]);
    }

    /// <summary>Spends coins to outputs, signed.</summary>
    public static Transaction Spend(ReadOnlySpan<OwnCoin> coins, ImmutableArray<TxOut> outputs)
    {
        var inputs = ImmutableArray.CreateBuilder<TxIn>(coins.Length);
        var spent = ImmutableArray.CreateBuilder<TxOut>(coins.Length);
        var keys = new int[coins.Length];
        foreach (ref readonly var coin in coins)
        {
            keys[inputs.Count] = coin.Key;
            inputs.Add(new TxIn(coin.OutPoint, Script.Empty, TxIn.FinalSequence));
            spent.Add(coin.Output);
        }

        var unsigned = new Transaction(2, inputs.MoveToImmutable(), outputs, 0);
        return TransactionSigner.Sign(unsigned, spent.MoveToImmutable(), input => KeyOf(keys[input]));
    }

    /// <summary>Spends a coin to as many outputs as asked, each for its number's owner.</summary>
    public static Transaction FanOut(OwnCoin coin, int outputs, long fee)
    {
        var each = (coin.Output.Value.Sats - fee) / outputs;
        return Spend([coin], [.. Enumerable.Range(0, outputs).Select(i => new TxOut(new Amount(each), ScriptOf(i)))]);
    }

    /// <summary>The outputs of a transaction of <see cref="FanOut"/>.</summary>
    public static IEnumerable<OwnCoin> CoinsOf(Transaction transaction) => Enumerable.Range(0, transaction.Outputs.Length)
        .Select(i => new OwnCoin(new OutPoint(transaction.Id, (uint)i), transaction.Outputs[i], i));

    private static PrivateKey KeyOf(int number) => PrivateKey.Create([.. new byte[31], (byte)(1 + number % Keys)]);

    private static Script[] Scripts(Func<PrivateKey, Script> scriptOf) =>
    [
        .. Enumerable.Range(0, Keys).Select(number =>
        {
            using var key = KeyOf(number);
            return scriptOf(key);
        }),
    ];
}
