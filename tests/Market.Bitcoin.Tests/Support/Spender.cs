using System.Security.Cryptography;

namespace Market.Bitcoin.Tests;

/// <summary>Keys and preimages by number, and a transaction that spends one output.</summary>
internal static class Spender
{
    public static PrivateKey Key(int number) => PrivateKey.Create([.. new byte[30], 1, (byte)number]);

    public static byte[] Preimage(int number) => [.. Enumerable.Repeat((byte)number, 32)];

    public static string Sha256Of(int number) => Convert.ToHexStringLower(SHA256.HashData(Preimage(number)));

    public static PrecomputedTransaction Spend(
        Script spent, uint lockTime = 0, uint sequence = TxIn.ReplaceableSequence, Witness witness = default) =>
        new(
            new Transaction(
                2,
                [new TxIn(new OutPoint(new TxId(Hashes.Sha256([7])), 1), Script.Empty, sequence, witness)],
                [new TxOut(new Amount(90_000), Script.P2wpkh(Key(99).PublicKey))],
                lockTime),
            [new TxOut(new Amount(100_000), spent)]);
}
