using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests;

/// <summary>BIP341's wallet test vectors: output keys, control blocks, key path spending.</summary>
public sealed class Bip341Vectors
{
    [Fact]
    public void Every_output_key_address_and_control_block_is_as_stated()
    {
        var rows = Read().GetProperty("scriptPubKey").EnumerateArray().ToList();
        foreach (var row in rows)
        {
            var internalKey = XOnlyPublicKey.Parse(row.GetProperty("given").GetProperty("internalPubkey").GetString()!);
            var ids = new List<int>();
            var tree = Tree(row.GetProperty("given").GetProperty("scriptTree"), ids);
            var steps = row.GetProperty("intermediary");
            var expected = row.GetProperty("expected");
            Assert.Equal(steps.GetProperty("merkleRoot").GetString(), tree is null ? null : Internal(tree.Hash));
            Assert.Equal(steps.GetProperty("tweak").GetString(), Internal(Taproot.Tweak(internalKey, tree?.Hash)));
            var output = Taproot.OutputKey(internalKey, tree?.Hash, out _);
            Assert.Equal(steps.GetProperty("tweakedPubkey").GetString(), output.ToString());
            var script = Script.P2tr(output);
            Assert.Equal(expected.GetProperty("scriptPubKey").GetString(), script.ToString());
            Assert.Equal(
                expected.GetProperty("bip350Address").GetString(),
                BitcoinAddress.FromScript(script, Network.Mainnet).ToString());
            if (tree is not null)
            {
                CheckLeaves(tree, ids, internalKey, output, steps, expected);
            }
        }

        Assert.Equal(7, rows.Count);
    }

    [Fact]
    public void Every_key_path_signature_is_as_stated()
    {
        var row = Read().GetProperty("keyPathSpending")[0];
        var given = row.GetProperty("given");
        var unsigned = Transaction.Parse(Hex.Decode(given.GetProperty("rawUnsignedTx").GetString()!));
        var spent = given.GetProperty("utxosSpent").EnumerateArray()
            .Select(utxo => new TxOut(
                new Amount(utxo.GetProperty("amountSats").GetInt64()),
                Script.FromHex(utxo.GetProperty("scriptPubKey").GetString()!)))
            .ToArray();
        var precomputed = new PrecomputedTransaction(unsigned, [.. spent]);
        var inputs = row.GetProperty("inputSpending").EnumerateArray().ToList();
        foreach (var input in inputs)
        {
            CheckSignature(precomputed, input);
        }

        Assert.Equal(7, inputs.Count);
        var signed = Transaction.Parse(
            Hex.Decode(row.GetProperty("auxiliary").GetProperty("fullySignedTx").GetString()!));
        Assert.Equal(
            ScriptError.OK,
            ScriptVerifier.VerifyAll(
                new PrecomputedTransaction(signed, [.. spent]), ScriptFlags.Standard, out var failed));
        Assert.Equal(-1, failed);
    }

    private static void CheckLeaves(
        TapTree tree, List<int> ids, XOnlyPublicKey internalKey, XOnlyPublicKey output, JsonElement steps,
        JsonElement expected)
    {
        for (var i = 0; i < tree.Leaves.Length; i++)
        {
            var leaf = tree.Leaves[i];
            Assert.Equal(steps.GetProperty("leafHashes")[ids[i]].GetString(), Internal(leaf.Hash));
            var control = leaf.ControlBlock(internalKey);
            Assert.Equal(expected.GetProperty("scriptPathControlBlocks")[ids[i]].GetString(), Hex.Encode(control));
            Assert.True(Taproot.IsCommitted(output.Span, control, leaf.Hash));
            control[0] ^= 1;
            Assert.False(Taproot.IsCommitted(output.Span, control, leaf.Hash));
        }
    }

    private static void CheckSignature(PrecomputedTransaction precomputed, JsonElement input)
    {
        var given = input.GetProperty("given");
        var index = given.GetProperty("txinIndex").GetInt32();
        var type = (SighashType)given.GetProperty("hashType").GetInt32();
        var rootText = given.GetProperty("merkleRoot").GetString();
        Hash256? root = rootText is null ? null : new Hash256(Hex.Decode(rootText));
        using var internalKey = PrivateKey.Create(Hex.Decode(given.GetProperty("internalPrivkey").GetString()!));
        using var outputKey = Taproot.OutputPrivateKey(internalKey, root);
        Assert.True(precomputed.TryTaprootSighash(index, type, TaprootSpend.KeyPath, out var hash));
        Assert.Equal(input.GetProperty("intermediary").GetProperty("sigHash").GetString(), Internal(hash));
        var signature = outputKey.SignSchnorr(hash, new byte[32]).ToWitnessItem(type);
        Assert.Equal(input.GetProperty("expected").GetProperty("witness")[0].GetString(), Hex.Encode(signature));
    }

    private static TapTree? Tree(JsonElement node, List<int> ids)
    {
        if (node.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (node.ValueKind == JsonValueKind.Array)
        {
            return TapTree.Branch(Tree(node[0], ids)!, Tree(node[1], ids)!);
        }

        ids.Add(node.GetProperty("id").GetInt32());
        return TapTree.Leaf(
            Script.FromHex(node.GetProperty("script").GetString()!), node.GetProperty("leafVersion").GetByte());
    }

    private static string Internal(Hash256 hash) => Hex.Encode(hash.ToArray());

    private static JsonElement Read() =>
        JsonDocument.Parse(File.ReadAllText(Testing.Vectors.Require("core/bip341_wallet_vectors.json"))).RootElement;
}
