using System.Collections.Immutable;
using Market.Fuzzing;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Inputs that satisfy a script, or nearly do.</summary>
internal static class ScriptCases
{
    private static readonly byte[][] SmallItems =
        [[], [0], [0x80], [1], [2], [3], [0x81], [1, 0], [0, 0x80], [16], [17], [0x7f], [0xff], [0xff, 0x7f], [0, 0, 0, 0x80, 0]];

    private static readonly Opcode[] Common =
    [
        Opcode.OP_DUP, Opcode.OP_DROP, Opcode.OP_SWAP, Opcode.OP_OVER, Opcode.OP_PICK, Opcode.OP_ROLL, Opcode.OP_SIZE,
        Opcode.OP_EQUAL, Opcode.OP_ADD, Opcode.OP_SUB, Opcode.OP_NOT, Opcode.OP_0NOTEQUAL, Opcode.OP_WITHIN, Opcode.OP_DEPTH,
        Opcode.OP_IF, Opcode.OP_NOTIF, Opcode.OP_ELSE, Opcode.OP_ENDIF, Opcode.OP_IFDUP, Opcode.OP_VERIFY, Opcode.OP_HASH160,
        Opcode.OP_SHA256, Opcode.OP_TOALTSTACK, Opcode.OP_FROMALTSTACK, Opcode.OP_CHECKLOCKTIMEVERIFY,
        Opcode.OP_CHECKSEQUENCEVERIFY, Opcode.OP_CHECKSIG, Opcode.OP_CHECKMULTISIG, Opcode.OP_CHECKSIGADD,
        Opcode.OP_CODESEPARATOR, Opcode.OP_NOP, Opcode.OP_NOP1, Opcode.OP_NOP10, Opcode.OP_2DROP, Opcode.OP_NIP, Opcode.OP_TUCK,
        Opcode.OP_ROT, Opcode.OP_2DUP, Opcode.OP_1ADD, Opcode.OP_NEGATE, Opcode.OP_ABS, Opcode.OP_BOOLAND, Opcode.OP_MIN,
    ];

    /// <summary>A script of common operations behind some items, in any of the places where scripts stand.</summary>
    public static ScriptCase Operations(RandomValues values)
    {
        var items = Enumerable.Range(0, values.Below(7)).Select(_ => Item(values)).ToImmutableArray();
        var builder = new ScriptBuilder();
        for (var count = values.Below(14); count > 0; count--)
        {
            _ = values.Below(8) switch
            {
                0 => builder.Push(Item(values)),
                1 => builder.Number(values.Below(6)),
                2 => builder.Op((Opcode)values.Below(256)),
                _ => builder.Op(values.OneOf(Common)),
            };
        }

        var script = values.Chance(2) ? builder.Number(1).Build() : builder.Build();
        return Placed(values, script, items);
    }

    /// <summary>A row of vectors, with something changed in four of five.</summary>
    public static ScriptCase Row(RandomValues values, IReadOnlyList<ScriptVector> rows)
    {
        var row = ScriptCase.Of(rows[values.Below(rows.Count)]);
        var other = ScriptCase.Of(rows[values.Below(rows.Count)]);
        return values.Below(5) switch
        {
            0 => row,
            1 => row with { Flags = ScriptCase.RandomFlags(values) },
            2 => row.Unlocked(other.Input.ScriptSig, other.Input.Witness),
            3 => row.WithLocking(Changed(values, row.Locking)),
            _ => ChangedInput(values, row),
        };
    }

    /// <summary>The same with something else in the input's script or witness.</summary>
    public static ScriptCase ChangedInput(RandomValues values, ScriptCase spend) => spend.Unlocked(
        spend.Input.ScriptSig.IsEmpty && !values.Chance(8) ? Script.Empty : Changed(values, spend.Input.ScriptSig),
        Changed(values, spend.Input.Witness));

    /// <summary>The script in one of the places where scripts stand, with the items that it finds on its stack.</summary>
    public static ScriptCase Placed(RandomValues values, Script script, ImmutableArray<byte[]> items)
    {
        var pushes = items.Aggregate(new ScriptBuilder(), (builder, item) => builder.Push(item));
        switch (values.Below(4))
        {
            case 0:
                return ScriptCase.Of(values, script).Unlocked(pushes.Build(), Witness.Empty);
            case 1:
                return ScriptCase.Of(values, Script.P2sh(script))
                    .Unlocked(pushes.PushBytes(script.Span).Build(), Witness.Empty);
            case 2:
                return ScriptCase.Of(values, Script.P2wsh(script))
                    .Unlocked(Script.Empty, new Witness([.. items, script.ToArray()]));
            default:
                var version = values.Chance(8) ? (byte)(values.Below(128) * 2) : Taproot.TapscriptLeafVersion;
                var tree = TapTree.Leaf(script, version == 0x50 ? (byte)0x52 : version);
                var control = tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums);
                return ScriptCase.Of(values, Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash))
                    .Unlocked(Script.Empty, new Witness([.. items, script.ToArray(), control]));
        }
    }

    public static byte[] Item(RandomValues values) => values.Below(8) switch
    {
        0 => values.Bytes(values.OneOf(20, 32, 33, 64, 65, 71)),
        1 => values.Bytes(values.Below(6)),
        2 => values.Chance(20) ? values.Bytes(values.OneOf(520, 521)) : values.PublicKey(mayBeLong: true).Span.ToArray(),
        _ => values.OneOf(SmallItems),
    };

    public static Script Changed(RandomValues values, Script script) => new(Changed(values, script.ToArray()));

    public static byte[] Changed(RandomValues values, byte[] bytes)
    {
        var list = new List<byte>(bytes);
        for (var changes = 1 + values.Below(2); changes > 0; changes--)
        {
            var at = values.Below(list.Count + 1);
            switch (values.Below(5))
            {
                case 0 when at < list.Count:
                    list[at] ^= (byte)(1 << values.Below(8));
                    break;
                case 1 when at < list.Count:
                    list.RemoveAt(at);
                    break;
                case 2:
                    list.Insert(at, (byte)values.Below(256));
                    break;
                case 3 when at < list.Count:
                    list[at] = (byte)values.OneOf(Common);
                    break;
                default:
                    list.Insert(at, (byte)values.OneOf(Common));
                    break;
            }
        }

        return [.. list];
    }

    private static Witness Changed(RandomValues values, Witness witness)
    {
        if (witness.IsEmpty)
        {
            return values.Chance(4) ? new Witness(Item(values)) : witness;
        }

        var at = values.Below(witness.Count);
        return values.Below(4) switch
        {
            0 => new Witness(witness.Items.RemoveAt(at)),
            1 => new Witness(witness.Items.Insert(at, Item(values))),
            2 => new Witness(witness.Items.SetItem(at, Item(values))),
            _ => new Witness(witness.Items.SetItem(at, Changed(values, witness.Items[at].ToArray()))),
        };
    }
}
