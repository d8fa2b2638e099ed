namespace Market.Fuzzing;

/// <summary>Scripts as bytes, as programs, and the signatures in them.</summary>
internal static class ScriptTargets
{
    private const int StackItems = 3;
    private static readonly byte[][] Words =
    [
        [0x4c, 0xff], [0x4d, 0xff, 0xff], [0x4e, 0xff, 0xff, 0xff, 0x7f], [0x4e, 0xff, 0xff, 0xff, 0xff], [0x63], [0x64],
        [0x67], [0x68], [0x69], [0x6a], [0x76, 0xa9, 0x14], [0x88, 0xac], [0xac], [0xad], [0xae], [0xaf], [0xb1], [0xb2],
        [0xba], [0xab], [0x51], [0x52], [0x60], [0x4f], [0x00], [0x01, 0x80], [0x6b], [0x6c], [0x79], [0x7a], [0x82],
        [0xa4], [0x50], [0xff], [0x7e], [0x93], [0x94], [0xa5], [0x05, 0xff, 0xff, 0xff, 0xff, 0x7f],
    ];

    private static readonly int[] InitialStack = [1, 2, 0];

    public static FuzzTarget Script { get; } = FuzzTarget.Of(
        "script", "ScriptReader, kinds, addresses and signature operations of a script",
        new AllocationBound(1024, 1),
        (byte[] input, out (int Operations, bool Failed) value, out int error) =>
        {
            var reader = new ScriptReader(input);
            var count = 0;
            while (reader.TryRead(out _, out _))
            {
                count++;
            }

            error = 0;
            value = (count, reader.Failed);
            return true;
        },
        (input, value) => CheckScript(new Script(input), value.Operations, value.Failed),
        values => values.Script().ToArray(),
        Words);

    // The interpreter's own limits hold what it may allocate: 1,000 items of 520 bytes, three times over.
    public static FuzzTarget Verify { get; } = FuzzTarget.Of(
        "verify", "the interpreter: as a bare script, a witness script and a tapscript, under consensus or standard rules",
        new AllocationBound(8 * 1024 * 1024, 4096),
        (byte[] input, out ulong value, out int error) =>
        {
            error = 0;
            value = Execute(input);
            return true;
        },
        (_, value) => value,
        values => [(byte)values.Below(256), .. values.Operations().Span],
        Words);

    public static FuzzTarget Signature { get; } = FuzzTarget.Of(
        "signature", "EcdsaSignature.TryParseDer and the encodings of signatures and keys (BIP66)",
        new AllocationBound(1024, 8),
        (byte[] input, out EcdsaSignature? value, out int error) =>
        {
            error = (PublicKey.TryParse(input, out _) ? 1 : 0) + (XOnlyPublicKey.TryParse(input, out _) ? 2 : 0)
                + (SchnorrSignature.TryParse(input, out _) ? 4 : 0);
            return EcdsaSignature.TryParseDer(input, out value);
        },
        (input, value) => CheckSignature(input, value!),
        values =>
        {
            using var key = values.Key();
            return key.SignEcdsa(values.Hash()).ToDer();
        },
        [[0x30], [0x02, 0x21, 0x00], [0x02, 0x20], [0x02, 0x01, 0x00], [0x80], new byte[32]]);

    private static ulong CheckScript(Script script, int operations, bool failed)
    {
        var accurate = SigOps.Count(script, accurate: true);
        var rough = SigOps.Count(script, accurate: false);
        Promise.Holds(accurate >= 0 && accurate <= rough, "the accurate count of signature operations is never the larger");
        var isMultisig = script.TryReadMultisig(out var required, out var count);
        Promise.Holds(!isMultisig || (required >= 1 && required <= count), "a multisig asks for no more than it has");
        if (BitcoinAddress.TryFromScript(script, Network.Mainnet, out var address))
        {
            Promise.Holds(
                BitcoinAddress.TryParse(address.ToString(), Network.Mainnet, out var again, out _)
                && again.ScriptPubKey == script,
                "a script's address leads back to it");
        }

        Promise.Holds(
            Bitcoin.Script.FromHex(script.ToString()) == script && new Script(script.ToArray()) == script,
            "a script is read as it was written");
        return Shape.Of(
            (int)script.Kind, Shape.Bit(failed), Shape.Size(operations) / 2, Shape.Bit(script.IsPushOnly),
            Shape.Size(accurate) / 2, count, Shape.Bit(address is not null), Shape.Bit(script.IsUnspendable));
    }

    // The first byte picks the rules; the rest runs as a scriptPubKey, a witness script and a tapscript.
    private static ulong Execute(byte[] input)
    {
        var script = new Script(input.AsMemory(Math.Min(1, input.Length)));
        var flags = input is [>= 0x80, ..] ? ScriptFlags.Standard : ScriptFlags.Consensus;
        var tree = TapTree.Leaf(script);
        byte[][] numbers = [.. InitialStack.Select(number => ScriptNumber.Encode(number))];
        var bare = Execute(script, default, flags, input);
        var witness = Execute(
            Bitcoin.Script.P2wsh(script), new Witness([.. numbers, script.ToArray()]), flags, input);
        var control = tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums);
        var taproot = Execute(
            Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash), new Witness([.. numbers, script.ToArray(), control]),
            flags, input);
        return Shape.Of((int)bare, (int)witness, (int)taproot);
    }

    private static ScriptError Execute(Script spent, Witness witness, ScriptFlags flags, byte[] input)
    {
        var version = input.Length % 2 + 1;
        var scriptSig = witness.IsEmpty
            ? new ScriptBuilder().Number(1).Number(StackItems).Build() : Bitcoin.Script.Empty;
        var output = new TxOut(new Amount(1000), spent);
        var transaction = new Transaction(
            version, [new TxIn(new OutPoint(default, 0), scriptSig, 1, witness)], [output], 1);
        return ScriptVerifier.Verify(transaction, 0, [output], flags);
    }

    private static ulong CheckSignature(byte[] input, EcdsaSignature value)
    {
        Promise.Same(input, value.ToDer(), "a signature is written as it was read");
        Promise.Holds(
            EcdsaSignature.TryParseCompact(value.Compact, out var compact) && compact.ToDer().AsSpan().SequenceEqual(input),
            "both forms of a signature say the same");
        var low = value.Normalize();
        Promise.Holds(low.IsLowS, "a normalized signature has a low s");
        return Shape.Of(100, Shape.Bit(value.IsLowS), Shape.Bit(value.IsLowR), input.Length);
    }
}
