using System.Collections.Immutable;
using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests.Proposals;

/// <summary>An input of a transaction, the rules that it is held to, and how it ends.</summary>
internal sealed record ProposalVector(
    string Comment, PrecomputedTransaction Spend, int Input, ScriptFlags Flags, ScriptError Expected)
{
    /// <summary>The proposals that have rows of our own.</summary>
    public static TheoryData<string> Own => ["bip-0118", "bip-0119", "bip-0347", "bip-0348", "bip-0349", "bip-0446"];

    /// <summary>
    /// Our own rows of a proposal, each rule accepted and refused. Their signatures and hashes were made by another program,
    /// from the BIPs' texts.
    /// </summary>
    public static ImmutableArray<ProposalVector> ReadOwn(string proposal)
    {
        var path = Path.Combine(
            Testing.Vectors.RepositoryRoot, "tests", "Market.Bitcoin.Tests", "Vectors", "proposed", proposal + ".json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.EnumerateArray().Select(row => new ProposalVector(
            row.GetProperty("comment").GetString()!,
            SpendOf(row, "tx", "prevouts"),
            row.GetProperty("index").GetInt32(),
            ScriptAssembler.Flags(row.GetProperty("flags").GetString()!),
            Enum.Parse<ScriptError>(row.GetProperty("error").GetString()!)))];
    }

    /// <summary>A transaction and what it spends, of a row in the form of BIP446's.</summary>
    public static PrecomputedTransaction SpendOf(JsonElement row, string transaction, string outputs) => new(
        Transaction.Parse(Hex.Decode(row.GetProperty(transaction).GetString()!)),
        [.. row.GetProperty(outputs).EnumerateArray().Select(output => OutputOf(Hex.Decode(output.GetString()!)))]);

    public ScriptError Verify(ScriptFlags? flags = null, SignatureCache? cache = null) =>
        ScriptVerifier.Verify(Spend, Input, flags ?? Flags, cache);

    /// <summary>The same with other scripts in the input.</summary>
    public static PrecomputedTransaction With(PrecomputedTransaction spend, int input, Script scriptSig, Witness witness)
    {
        var from = spend.Transaction;
        var changed = from.Inputs[input] with { ScriptSig = scriptSig, Witness = witness };
        return new PrecomputedTransaction(
            new Transaction(from.Version, from.Inputs.SetItem(input, changed), from.Outputs, from.LockTime), spend.SpentOutputs);
    }

    private static TxOut OutputOf(byte[] bytes)
    {
        var reader = new ByteReader(bytes);
        var value = reader.ReadInt64();
        return new TxOut(new Amount(value), new Script(reader.ReadVarBytes().ToArray()));
    }
}
