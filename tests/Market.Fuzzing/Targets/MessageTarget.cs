using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <summary>Signed messages: the first byte picks whose script is asked, the rest is the signature's text.</summary>
internal static class MessageTarget
{
    private static readonly PrivateKey Signer = PrivateKey.Create([.. new byte[31], 11]);

    private static readonly Script[] Challenges =
    [
        Bitcoin.Script.P2wpkh(Signer.PublicKey), Taproot.ToScript(Signer.PublicKey.XOnly),
        Bitcoin.Script.P2wsh(new ScriptBuilder().Number(1).Build()), Bitcoin.Script.P2pkh(Signer.PublicKey),
    ];

    // The interpreter takes a fixed room; the text is decoded and written again.
    public static FuzzTarget Message { get; } = FuzzTarget.Of(
        "message", "Bip322.Verify of any text (BIP322 simple)",
        new AllocationBound(64 * 1024, 256),
        (byte[] input, out (Script Challenge, string Text) value, out int error) =>
        {
            value = input.Length == 0
                ? (Challenges[0], string.Empty) : (Challenges[input[0] % Challenges.Length], TextTargets.Text(input[1..]));
            var result = Bip322.Verify(MessageOf(), value.Challenge, value.Text);
            error = Shape.Mix((int)result.Error, (int)result.Script);
            return result.IsValid;
        },
        (_, value) =>
        {
            Promise.Holds(
                !Bip322.Verify("another message"u8, value.Challenge, value.Text).IsValid || !NeedsKey(value.Challenge),
                "a signature is of one message");
            Promise.Holds(
                !Bip322.Verify(MessageOf(), Bitcoin.Script.P2wpkh(new Hash160(new byte[20])), value.Text).IsValid,
                "a signature is of one script");
            return Shape.Of(100, (int)value.Challenge.Kind);
        },
        values =>
        {
            var index = values.Below(2);
            return [(byte)index, .. TextTargets.Bytes(Bip322.Sign(MessageOf(), Challenges[index], Signer))];
        },
        [.. TextTargets.Words("smp", "ful", "pof", "=", "==", "AA", "AQ", "Ag", "//", "AkgwRQIh"), [0], [1], [2], [3]]);

    private static ReadOnlySpan<byte> MessageOf() => "the message"u8;

    private static bool NeedsKey(Script challenge) => challenge.Kind is ScriptKind.P2wpkh or ScriptKind.P2tr;
}
