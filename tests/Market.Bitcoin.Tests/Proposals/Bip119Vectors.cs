using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests.Proposals;

/// <summary>BIP119's own vectors: hashes, and transactions that do and do not verify.</summary>
public sealed class Bip119Vectors
{
    private const ScriptFlags Ctv = ScriptFlags.DEFAULT_CHECK_TEMPLATE_VERIFY_HASH;

    [Fact]
    public void Every_hash_of_a_template_is_the_one_that_is_stated()
    {
        var count = 0;
        foreach (var row in Rows("ctvhash.json").Where(row => row.ValueKind == JsonValueKind.Object))
        {
            var hashes = new TemplateHashes(Transaction.Parse(Hex.Decode(row.GetProperty("hex_tx").GetString()!)));
            var indexes = row.GetProperty("spend_index").EnumerateArray().Select(index => index.GetUInt32());
            var results = row.GetProperty("result").EnumerateArray().Select(result => result.GetString()!);
            foreach (var (index, result) in indexes.Zip(results))
            {
                Assert.Equal(result, Convert.ToHexStringLower(hashes.CheckTemplateVerify(index).ToArray()));
                count++;
            }
        }

        Assert.Equal(400, count);
    }

    [Fact]
    public void Every_valid_transaction_verifies_with_the_proposal_and_without()
    {
        var rows = Rows("tx_valid.json").Where(row => row.GetArrayLength() > 1).ToList();
        foreach (var row in rows)
        {
            var flags = ScriptFlags.Standard & ~ScriptAssembler.Flags(row[2].GetString()!);
            var spend = SpendOf(row);
            Assert.Equal(ScriptError.OK, ScriptVerifier.VerifyAll(spend, flags | Ctv, out _));

            // Without the proposal it is a NOP, which relayed transactions do not have.
            Assert.Equal(
                (flags & ScriptFlags.DISCOURAGE_UPGRADABLE_NOPS) == 0 ? ScriptError.OK : ScriptError.DISCOURAGE_UPGRADABLE_NOPS,
                ScriptVerifier.VerifyAll(spend, flags, out _));
        }

        Assert.Equal(19, rows.Count);
    }

    [Fact]
    public void Every_invalid_transaction_fails_for_the_proposal_alone()
    {
        var rows = Rows("tx_invalid.json").Where(row => row.GetArrayLength() > 1).ToList();
        foreach (var row in rows)
        {
            var flags = ScriptAssembler.Flags(row[2].GetString()!);
            var spend = SpendOf(row);
            Assert.NotEqual(ScriptError.OK, ScriptVerifier.VerifyAll(spend, flags, out _));
            Assert.Equal(
                ScriptError.OK,
                ScriptVerifier.VerifyAll(spend, flags & ~(Ctv | ScriptFlags.DISCOURAGE_UPGRADABLE_NOPS), out _));
        }

        Assert.Equal(11, rows.Count);
    }

    private static IEnumerable<JsonElement> Rows(string file) => JsonDocument.Parse(
        File.ReadAllText(Testing.Vectors.Require($"bips/bip-0119/{file}"))).RootElement.EnumerateArray();

    private static PrecomputedTransaction SpendOf(JsonElement row)
    {
        var transaction = Transaction.Parse(Hex.Decode(row[1].GetString()!));
        var spent = row[0].EnumerateArray().ToDictionary(
            input => new OutPoint(TxId.Parse(input[0].GetString()!), input[1].GetUInt32()),
            input => new TxOut(new Amount(input[3].GetInt64()), ScriptAssembler.Assemble(input[2].GetString()!)));
        return new PrecomputedTransaction(
            transaction, [.. transaction.Inputs.Select(input => spent[input.PreviousOutput])]);
    }
}
