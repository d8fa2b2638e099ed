using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <summary>Partially signed transactions.</summary>
internal static class PsbtTarget
{
    private static readonly PrivateKey Signer = PrivateKey.Create([.. new byte[31], 7]);

    // A map takes one byte at least, a field three.
    public static FuzzTarget Psbt { get; } = FuzzTarget.Of(
        "psbt", "Psbt.TryParse, version 0 and 2 (BIP174, BIP370, BIP371); then merge, sign, finalize, extract",
        new AllocationBound(16 * 1024, 512),
        (byte[] input, out Psbt? value, out int error) =>
        {
            var accepted = Bitcoin.Wallet.Psbt.TryParse(input, out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) => Check(input, value!),
        values => values.Psbt(values.Chance(2)).ToArray(),
        [
            [.. "psbt"u8, 0xff], [0x01, 0x00], [0x01, 0x01], [0x01, 0x02], [0x01, 0x03, 0x04, 1, 0, 0, 0], [0x01, 0x04],
            [0x01, 0x05], [0x21, 0x06], [0x01, 0x07], [0x01, 0x08], [0x21, 0x0b], [0x01, 0x0e, 0x20], [0x01, 0x0f, 0x04],
            [0x01, 0x10, 0x04], [0x01, 0x11, 0x04], [0x01, 0x12, 0x04], [0x01, 0x13, 0x40], [0x01, 0x17, 0x20],
            [0x01, 0x18, 0x20], [0x01, 0xfb, 0x04, 2, 0, 0, 0], [0x05, 0xfc], [0x00], [0x00, 0x00],
        ]);

    private static ulong Check(byte[] input, Psbt value)
    {
        Promise.Same(input, value.ToArray(), "a PSBT is written as it was read");
        Promise.Holds(
            Bitcoin.Wallet.Psbt.TryParse(value.ToBase64(), out var again, out _) && again.ToArray().AsSpan().SequenceEqual(input),
            "base64 says the same");
        var unsigned = value.UnsignedTransaction;
        Promise.Holds(
            unsigned.Inputs.Length == value.Inputs.Length && unsigned.Outputs.Length == value.Outputs.Length,
            "a PSBT has a map for each input and output");
        var copy = value.Clone();
        Promise.Same(input, copy.ToArray(), "a copy is the same");
        Promise.Holds(copy.Merge(value) == PsbtError.None, "a PSBT joins itself");
        Promise.Same(input, copy.ToArray(), "joining itself changes nothing");
        var signed = copy.Sign(Signer, allowAnySighash: true);
        Promise.Holds(
            Bitcoin.Wallet.Psbt.TryParse(copy.ToArray(), out _, out _), "a PSBT that was signed here can be read again");
        var end = copy.FinalizeAll();
        Promise.Holds(Bitcoin.Wallet.Psbt.TryParse(copy.ToArray(), out _, out _), "a PSBT that was finalized can be read again");
        var extracted = copy.TryExtract(out var transaction, out _);
        Promise.Holds(
            !extracted || transaction!.Inputs.Length == 0
                || Bitcoin.Transaction.TryParse(transaction.ToArray(), out _, out _),
            "an extracted transaction can be read");
        return Shape.Of(
            100, value.Version, (int)end, Shape.Size(signed), Math.Min(4, value.Inputs.Length),
            Math.Min(4, value.Outputs.Length), Types(value), Shape.Bit(extracted));
    }

    private static int Types(Psbt value)
    {
        var types = 0;
        foreach (var field in value.Inputs.SelectMany(map => map.Fields))
        {
            types |= 1 << (int)Math.Min(31, field.Type);
        }

        return types;
    }
}
