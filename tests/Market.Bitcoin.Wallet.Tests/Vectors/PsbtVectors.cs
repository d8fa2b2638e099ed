using System.Text.Json;

namespace Market.Bitcoin.Wallet.Tests;

/// <summary>Bitcoin Core's rpc_psbt.json: every valid and invalid PSBT, and the vectors of each role.</summary>
public sealed class PsbtVectors
{
    [Fact]
    public void Every_valid_one_reads_and_writes_the_same_bytes()
    {
        var rows = Rows("valid").Select(row => row.GetString()!).ToList();
        foreach (var (text, i) in rows.Select((text, i) => (text, i)))
        {
            Assert.True(Psbt.TryParse(text, out var psbt, out var error), $"{i}: {error}");
            Assert.Equal(text, psbt.ToBase64());
            Assert.Equal(text, psbt.Clone().ToBase64());
            Assert.Equal(psbt.Inputs.Length, psbt.UnsignedTransaction.Inputs.Length);
        }

        Assert.Equal(48, rows.Count);
    }

    [Fact]
    public void Every_invalid_one_is_refused()
    {
        var rows = Rows("invalid").Select(row => row.GetString()!)
            .Concat(Rows("invalid_with_msg").Select(row => row[0].GetString()!)).ToList();
        var accepted = rows.Select((text, i) => (text, i))
            .Where(row => Psbt.TryParse(row.text, out _, out _)).Select(row => row.i);

        Assert.Equal(string.Empty, string.Join(", ", accepted));
        Assert.Equal(63 + 23, rows.Count);
    }

    [Fact]
    public void The_creator_makes_the_stated_PSBT()
    {
        var row = Rows("creator")[0];
        var inputs = row.GetProperty("inputs").EnumerateArray().Select(input => new TxIn(
            new OutPoint(TxId.Parse(input.GetProperty("txid").GetString()!), input.GetProperty("vout").GetUInt32()),
            Script.Empty,
            TxIn.FinalSequence));
        var outputs = row.GetProperty("outputs").EnumerateArray().Select(output => output.EnumerateObject().First())
            .Select(pair => new TxOut(
                new Amount((long)(pair.Value.GetDecimal() * Amount.Coin)),
                BitcoinAddress.Parse(pair.Name, Network.Regtest).ScriptPubKey));

        var psbt = Psbt.Create(new Transaction(2, [.. inputs], [.. outputs], 0));

        Assert.Equal(row.GetProperty("result").GetString(), psbt.ToBase64());
    }

    [Fact]
    public void The_signer_makes_the_stated_signatures()
    {
        var rows = Rows("signer");
        foreach (var row in rows)
        {
            var psbt = Read(row.GetProperty("psbt"));
            foreach (var text in row.GetProperty("privkeys").EnumerateArray())
            {
                Assert.True(Wif.TryDecode(text.GetString(), Network.Testnet, out var key, out _));
                psbt.Sign(key);
                key.Dispose();
            }

            AssertSame(Read(row.GetProperty("result")), psbt);
        }

        Assert.Equal(6, rows.Count);
    }

    [Fact]
    public void The_combiner_joins_the_stated_PSBTs()
    {
        var row = Rows("combiner")[0];
        var parts = row.GetProperty("combine").EnumerateArray().Select(Read).ToList();
        foreach (var part in parts.Skip(1))
        {
            Assert.Equal(PsbtError.None, parts[0].Merge(part));
        }

        AssertSame(Read(row.GetProperty("result")), parts[0]);
    }

    [Fact]
    public void The_finalizer_and_the_extractor_make_the_stated_transaction()
    {
        var row = Rows("finalizer")[0];
        var psbt = Read(row.GetProperty("finalize"));
        Assert.False(psbt.TryExtract(out _, out var early));
        Assert.Equal(PsbtError.NotFinal, early);
        Assert.Equal(PsbtError.None, psbt.FinalizeAll());
        AssertSame(Read(row.GetProperty("result")), psbt);

        var extractor = Rows("extractor")[0];
        Assert.True(Read(extractor.GetProperty("extract")).TryExtract(out var transaction, out _));
        Assert.Equal(extractor.GetProperty("result").GetString(), transaction.ToHex());
    }

    private static Psbt Read(JsonElement text)
    {
        Assert.True(Psbt.TryParse(text.GetString(), out var psbt, out var error), error.ToString());
        return psbt;
    }

    private static void AssertSame(Psbt expected, Psbt found)
    {
        Assert.True(expected.Global.HasSameFields(found.Global));
        Assert.All(expected.Inputs.Zip(found.Inputs), pair => Assert.True(
            pair.First.HasSameFields(pair.Second), $"{Show(pair.First)}\n{Show(pair.Second)}"));
        Assert.All(expected.Outputs.Zip(found.Outputs), pair => Assert.True(pair.First.HasSameFields(pair.Second)));
    }

    private static string Show(PsbtMap map) => string.Join(' ', map.Fields.Select(field =>
        $"{field.Type:x2}:{Convert.ToHexString(field.KeyData.Span)}={Convert.ToHexString(field.Value.Span)}"));

    private static List<JsonElement> Rows(string name) =>
        [.. JsonDocument.Parse(File.ReadAllText(Testing.Vectors.Require("core/rpc_psbt.json"))).RootElement
            .GetProperty(name).EnumerateArray()];
}
