using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests;

/// <summary>Bitcoin Core's sighash.json: legacy signature hashes.</summary>
public sealed class SighashVectors
{
    [Fact]
    public void Every_hash_is_as_stated()
    {
        var rows = JsonDocument.Parse(File.ReadAllText(Testing.Vectors.Require("core/sighash.json"))).RootElement
            .EnumerateArray().Where(row => row.GetArrayLength() > 1).ToList();
        foreach (var row in rows)
        {
            var transaction = Transaction.Parse(Hex.Decode(row[0].GetString()!));
            var precomputed = new PrecomputedTransaction(
                transaction, [.. Enumerable.Repeat(default(TxOut), transaction.Inputs.Length)]);
            var hash = precomputed.LegacySighash(
                row[2].GetInt32(), Script.FromHex(row[1].GetString()!).Span, unchecked((uint)row[3].GetInt32()));
            Assert.Equal(row[4].GetString(), hash.ToString());
            Assert.Equal(row[0].GetString(), transaction.ToHex());
        }

        Assert.Equal(500, rows.Count);
    }
}
