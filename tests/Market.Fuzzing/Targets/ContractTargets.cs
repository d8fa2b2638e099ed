using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <summary>Descriptors and miniscripts.</summary>
internal static class ContractTargets
{
    // A character may be an expression of its own (a wrapper), and trees are cut into pieces at each of 64 levels.
    private static readonly AllocationBound Bound = new(64 * 1024, 4096);

    private static readonly byte[][] Words =
    [
        .. TextTargets.Words(
            "wsh(", "sh(", "tr(", "pkh(", "wpkh(", "pk(", "pk_k(", "pk_h(", "andor(", "and_v(", "and_b(", "and_n(", "or_b(",
            "or_c(", "or_d(", "or_i(", "thresh(", "multi(", "multi_a(", "older(", "after(", "sha256(", "hash256(",
            "ripemd160(", "hash160(", "v:", "a:", "s:", "c:", "d:", "j:", "n:", "t:", "l:", "u:", ")", "))", ",", "{", "}",
            "0", "1", "#", "/*", "/0", "[00000000/1h]", "144", "2147483648"),
    ];

    public static FuzzTarget Descriptor { get; } = FuzzTarget.Of(
        "descriptor", "Descriptor.TryParse (BIP380 and following)",
        Bound,
        (byte[] input, out Descriptor? value, out int error) =>
        {
            var accepted = Bitcoin.Wallet.Descriptor.TryParse(TextTargets.Text(input), Network.Mainnet, out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) => CheckDescriptor(input, value!),
        values => TextTargets.Bytes(values.Descriptor(Network.Mainnet)),
        Words,
        Repair);

    public static FuzzTarget Miniscript { get; } = FuzzTarget.Of(
        "miniscript", "Miniscript.TryParse of text, for P2WSH and tapscript (BIP379)",
        Bound,
        (byte[] input, out Miniscript? value, out int error) =>
        {
            error = 1;
            var text = TextTargets.Text(input);
            return Bitcoin.Wallet.Miniscript.TryParse(text, false, out value)
                || Bitcoin.Wallet.Miniscript.TryParse(text, true, out value);
        },
        (_, value) => CheckMiniscript(value!),
        values => TextTargets.Bytes(values.Miniscript(values.Chance(2))),
        Words);

    public static FuzzTarget ScriptToMiniscript { get; } = FuzzTarget.Of(
        "miniscript-script", "Miniscript.TryDecode of scripts",
        Bound,
        (byte[] input, out Miniscript? value, out int error) =>
        {
            error = 1;
            return Bitcoin.Wallet.Miniscript.TryDecode(new Script(input), false, out value)
                || Bitcoin.Wallet.Miniscript.TryDecode(new Script(input), true, out value);
        },
        (input, value) =>
        {
            Promise.Same(input, value!.ToScript().Span, "a decoded script compiles to itself");
            return CheckMiniscript(value);
        },
        values =>
        {
            var tapscript = values.Chance(2);
            Bitcoin.Wallet.Miniscript.TryParse(values.Miniscript(tapscript, sane: true), tapscript, out var value);
            return value!.ToScript().ToArray();
        },
        [
            [0x63], [0x64], [0x67], [0x68], [0x69], [0x6b], [0x6c], [0x73], [0x75], [0x76, 0xa9, 0x14], [0x7c],
            [0x82, 0x01, 0x20, 0x88, 0xa8, 0x20], [0x87], [0x88], [0x92], [0x93], [0x9a], [0x9b], [0x9c], [0xac], [0xad],
            [0xae], [0xb1], [0xb2], [0xba], [0x51], [0x00], [0x20], [0x21, 0x02],
        ]);

    private static ulong CheckDescriptor(byte[] input, Descriptor value)
    {
        var text = TextTargets.Text(input);
        Promise.Holds(value.ToString().StartsWith(text, StringComparison.Ordinal), "a descriptor is written as it was read");
        Promise.Holds(
            Bitcoin.Wallet.Descriptor.TryParse(value.ToString(), Network.Mainnet, out var again, out _, requireChecksum: true)
            && again.ToScript(3) == value.ToScript(3) && again.Kind == value.Kind,
            "a descriptor is read as it was written");
        Promise.Holds(
            value.IsRanged || value.ToScript(0) == value.ToScript(1), "a descriptor without * has one script");
        value.UpdateInput(Bitcoin.Wallet.Psbt.Create(new Transaction(
            2, [new TxIn(default, Bitcoin.Script.Empty, 0)], [], 0)).Inputs[0], 1);
        return Shape.Of(
            100, (int)value.Kind, Shape.Bit(value.IsRanged), Shape.Size(value.WitnessScript()?.Length ?? 0),
            value.WitnessMiniscript() is { } script ? (int)script.Fragment : -1, Math.Min(8, value.Tree()?.Leaves.Length ?? 0));
    }

    private static ulong CheckMiniscript(Miniscript value)
    {
        Promise.Holds(
            Bitcoin.Wallet.Miniscript.TryParse(
                value.ToString(), value.IsTapscript, out var again, text => ReadKey(text, value))
            && again.ToScript() == value.ToScript() && again.Type == value.Type,
            "a miniscript is read as it was written");
        var script = value.ToScript();
        if (value.IsSane)
        {
            Promise.Holds(
                Bitcoin.Wallet.Miniscript.TryDecode(script, value.IsTapscript, out var decoded) && decoded.ToScript() == script,
                "the script of a sane miniscript can be decoded");
        }

        var open = value.TrySatisfy(new MiniscriptAssets { Older = _ => true, After = _ => true }, out _);
        Promise.Holds(!open || !value.IsSane, "nobody satisfies a sane miniscript without a signature");
        return Shape.Of(
            100, (int)value.Fragment, Math.Min(6, value.Depth), (int)value.Type, Shape.Bit(value.IsSane),
            Shape.Bit(value.IsTapscript));
    }

    // A decoded pkh knows its key's hash only, and is written by it.
    private static MiniscriptKey? ReadKey(string text, Miniscript from) =>
        from.AllKeys().FirstOrDefault(key => key.Text == text);

    private static byte[] Repair(byte[] input)
    {
        var text = TextTargets.Text(input);
        var mark = text.IndexOf('#', StringComparison.Ordinal);
        var body = mark < 0 ? text : text[..mark];
        return DescriptorChecksum.Compute(body) is { } checksum ? TextTargets.Bytes($"{body}#{checksum}") : input;
    }
}
