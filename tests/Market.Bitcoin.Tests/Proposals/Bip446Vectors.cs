using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests.Proposals;

/// <summary>BIP446's own vectors: what the hash covers, and spends under many conditions.</summary>
public sealed class Bip446Vectors
{
    private const ScriptFlags Active = ScriptFlags.Consensus | ScriptFlags.TEMPLATEHASH;

    [Fact]
    public void A_template_is_met_by_the_transactions_that_are_stated()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Testing.Vectors.Require("bips/bip-0446/basics.json")));
        foreach (var row in document.RootElement.EnumerateArray())
        {
            var error = ScriptVerifier.Verify(
                ProposalVector.SpendOf(row, "spending_tx", "spent_outputs"), row.GetProperty("input_index").GetInt32(), Active);
            Assert.True(row.GetProperty("valid").GetBoolean() == (error == ScriptError.OK), $"{error}: {row}");
        }

        Assert.Equal(19, document.RootElement.GetArrayLength());
    }

    // As Bitcoin Core reads this form: what succeeds does so under fewer rules too, and what is final under all; what fails does so
    // under more.
    [Fact]
    public void Every_spend_succeeds_and_fails_as_is_stated()
    {
        var text = File.ReadAllText(Testing.Vectors.Require("bips/bip-0446/script_assets_test.json"));
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowTrailingCommas = true });
        var (succeeded, failed) = (0, 0);
        foreach (var row in document.RootElement.EnumerateArray())
        {
            var flags = ScriptAssembler.Flags(row.GetProperty("flags").GetString()!);
            var isFinal = row.TryGetProperty("final", out var final) && final.GetBoolean();
            if (row.TryGetProperty("success", out var success))
            {
                ScriptFlags[] fewer = [flags, ScriptFlags.None, flags & ~ScriptFlags.TAPROOT, flags & ~ScriptFlags.TEMPLATEHASH];
                var all = isFinal ? [.. fewer, Active, ScriptFlags.Consensus] : fewer;
                Assert.All(all, each => Assert.Equal(ScriptError.OK, Verify(row, success, each)));
                succeeded++;
            }

            if (row.TryGetProperty("failure", out var failure))
            {
                Assert.All(
                    new[] { flags, flags | Active, flags | Active | ScriptFlags.Standard },
                    each => Assert.NotEqual(ScriptError.OK, Verify(row, failure, each)));
                failed++;
            }
        }

        Assert.Equal((369, 365), (succeeded, failed));
    }

    private static ScriptError Verify(JsonElement row, JsonElement scripts, ScriptFlags flags)
    {
        var index = row.GetProperty("index").GetInt32();
        var items = scripts.GetProperty("witness").EnumerateArray().Select(item => Hex.Decode(item.GetString()!)).ToArray();
        var spend = ProposalVector.With(
            ProposalVector.SpendOf(row, "tx", "prevouts"), index, Script.FromHex(scripts.GetProperty("scriptSig").GetString()!),
            items.Length == 0 ? default : new Witness(items));
        return ScriptVerifier.Verify(spend, index, flags);
    }
}
