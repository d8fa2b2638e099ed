using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests;

/// <summary>One row of a file in the form of Bitcoin Core's script_tests.json.</summary>
internal sealed record ScriptVector(
    Witness Witness, Amount Amount, Script ScriptSig, Script ScriptPubKey, ScriptFlags Flags, ScriptError Expected,
    string Text)
{
    public static List<ScriptVector> Read(string path) =>
        [.. JsonDocument.Parse(File.ReadAllText(path)).RootElement.EnumerateArray()
            .Where(row => row.GetArrayLength() >= 4).Select(From)];

    public PrecomputedTransaction Spend()
    {
        var credited = new TxOut(Amount, ScriptPubKey);
        var credit = new Transaction(
            1,
            [new TxIn(OutPoint.Null, Script.FromHex("0000"), TxIn.FinalSequence)],
            [credited],
            0);
        var spend = new Transaction(
            1,
            [new TxIn(new OutPoint(credit.Id, 0), ScriptSig, TxIn.FinalSequence, Witness)],
            [new TxOut(Amount, Script.Empty)],
            0);
        return new PrecomputedTransaction(spend, [credited]);
    }

    private static ScriptVector From(JsonElement row)
    {
        var items = new List<byte[]>();
        var amount = Amount.Zero;
        var at = 0;
        string? output = null;
        if (row[0].ValueKind == JsonValueKind.Array)
        {
            at = 1;
            var last = row[0].GetArrayLength() - 1;
            amount = new Amount((long)(row[0][last].GetDecimal() * Amount.Coin));
            ReadWitness(row[0].EnumerateArray().Take(last).Select(item => item.GetString()!), items, out output);
        }

        var flags = ScriptAssembler.Flags(row[at + 2].GetString()!);
        if (flags.HasFlag(ScriptFlags.CLEANSTACK))
        {
            flags |= ScriptFlags.P2SH | ScriptFlags.WITNESS;
        }

        return new ScriptVector(
            items.Count == 0 ? default : new Witness([.. items]),
            amount,
            ScriptAssembler.Assemble(row[at].GetString()!),
            ScriptAssembler.Assemble(row[at + 1].GetString()!.Replace("#TAPROOTOUTPUT#", "0x" + output)),
            flags,
            Enum.Parse<ScriptError>(row[at + 3].GetString()!),
            row.ToString());
    }

    private static void ReadWitness(IEnumerable<string> texts, List<byte[]> items, out string? output)
    {
        output = null;
        TapTree? tree = null;
        foreach (var text in texts)
        {
            if (text.StartsWith("#SCRIPT#", StringComparison.Ordinal))
            {
                tree = TapTree.Leaf(ScriptAssembler.Assemble(text["#SCRIPT#".Length..]));
                items.Add(tree.Leaves[0].Script.ToArray());
                output = Taproot.OutputKey(XOnlyPublicKey.Nums, tree.Hash, out _).ToString();
            }
            else
            {
                items.Add(text == "#CONTROLBLOCK#"
                    ? tree!.Leaves[0].ControlBlock(XOnlyPublicKey.Nums)
                    : Hex.Decode(text));
            }
        }
    }
}
