using Market.Bitcoin.Encoding;
using Market.Fuzzing;
using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Transactions and signature hashes against NBitcoin.</summary>
public sealed class TransactionOracle
{
    private static readonly FuzzTarget Target = FuzzTargets.Find("transaction")!;
    private static readonly uint[] HashTypes = [0, 1, 2, 3, 0x81, 0x82, 0x83, 1, 1, 0, 4, 0x80, 0x1f, 0x41, 0xc3, 0xff];

    [Fact]
    public void Transactions_right_and_changed_are_read_the_same() =>
        OracleRun.Each("transactions", 3000, (values, seed) =>
        {
            var good = values.Transaction().ToArray();
            return Read(values.Chance(4) ? good : new Mutator(Target, seed).Next([good]));
        });

    [Fact]
    public void Signature_hashes_of_all_kinds_are_the_same() => OracleRun.Each("signature hashes", 2000, Sign);

    internal static Verdict Read(byte[] bytes)
    {
        var isRead = Transaction.TryParse(bytes, out var mine, out var error);
        var theirs = Theirs.Transaction(bytes, out var left);
        if (!isRead)
        {
            return theirs is null ? new Verdict(false)
                : error == ParseError.TrailingBytes && left > 0 ? new Verdict(false, KnownDifference.TrailingBytesOfTransaction)
                : Verdict.Differs(false, $"{error}, {left} left: {Hex.Encode(bytes)}");
        }

        if (theirs is null)
        {
            return Verdict.Differs(true, $"refused there: {Hex.Encode(bytes)}");
        }

        var same = left == 0 && Theirs.Back(theirs.GetHash()) == mine!.Id.Value
            && Theirs.Back(theirs.GetWitHash()) == mine.WitnessId.Value
            && theirs.Inputs.Count == mine.Inputs.Length && theirs.Outputs.Count == mine.Outputs.Length
            && (uint)mine.Version == theirs.Version && mine.LockTime == theirs.LockTime.Value
            && mine.IsCoinbase == theirs.IsCoinBase
            && theirs.Outputs.Zip(mine.Outputs).All(pair => pair.First.Value.Satoshi == pair.Second.Value.Sats
                && pair.First.ScriptPubKey.ToBytes().AsSpan().SequenceEqual(pair.Second.ScriptPubKey.Span))
            && theirs.Inputs.Zip(mine.Inputs).All(pair => IsSame(pair.First, pair.Second))
            && (mine.Inputs.IsEmpty || Theirs.Bytes(theirs).AsSpan().SequenceEqual(bytes))
            && (mine.Inputs.IsEmpty || theirs.GetVirtualSize() == mine.VirtualSize);
        return same ? new Verdict(true) : Verdict.Differs(true, $"read otherwise: {Hex.Encode(bytes)}");
    }

    private static bool IsSame(NB.TxIn theirs, TxIn mine) =>
        theirs.PrevOut.N == mine.PreviousOutput.Index && Theirs.Back(theirs.PrevOut.Hash) == mine.PreviousOutput.TxId.Value
        && theirs.Sequence.Value == mine.Sequence && theirs.ScriptSig.ToBytes().AsSpan().SequenceEqual(mine.ScriptSig.Span)
        && theirs.WitScript.Pushes.Select(item => Hex.Encode(item))
            .SequenceEqual(mine.Witness.Items.Select(item => Hex.Encode(item.Span)));

    private static Verdict Sign(RandomValues values, int seed)
    {
        var transaction = values.Transaction();
        var spent = transaction.Inputs.Select(_ => values.Output()).ToArray();
        var mine = new PrecomputedTransaction(transaction, [.. spent]);
        var theirs = Theirs.Transaction(transaction.ToArray(), out _)!;
        var index = values.Below(spent.Length);
        var type = values.Chance(8) ? (uint)values.Below(256) : values.OneOf(HashTypes);
        var script = values.Chance(2) ? values.AddressScript() : values.Operations();
        var output = Theirs.Of(spent[index]);
        var code = Theirs.Of(script);
        var legacy = theirs.GetSignatureHash(code, index, (NB.SigHash)type);
        if (Theirs.Back(legacy) != mine.LegacySighash(index, script.Span, type))
        {
            return Verdict.Differs(true, $"legacy {type:x}, input {index}, {script}: {transaction.ToHex()}");
        }

        var witness = theirs.GetSignatureHash(code, index, (NB.SigHash)type, output, NB.HashVersion.WitnessV0);
        if (Theirs.Back(witness) != mine.WitnessV0Sighash(index, script.Span, type))
        {
            return Verdict.Differs(true, $"version 0 {type:x}, input {index}, {script}: {transaction.ToHex()}");
        }

        return SignTaproot(values, mine, theirs, index, type);
    }

    private static Verdict SignTaproot(
        RandomValues values, PrecomputedTransaction mine, NB.Transaction theirs, int index, uint type)
    {
        Hash256? annex = values.Chance(2) ? values.Hash() : null;
        Hash256? leaf = values.Chance(2) ? values.Hash() : null;
        var separator = leaf is not null && values.Chance(2) ? (uint)values.Below(20) : TaprootSpend.NoCodeSeparator;
        var made = mine.TryTaprootSighash(index, (SighashType)type, new TaprootSpend(annex, leaf, separator), out var hash);
        Hash256? found = null;
        try
        {
            var data = new NB.TaprootExecutionData(index, leaf is { } known ? Theirs.Of(known) : null)
            {
                SigHash = (NB.TaprootSigHash)type,
                AnnexHash = annex is { } given ? Theirs.Of(given) : null,
                CodeseparatorPosition = separator,
            };
            found = Theirs.Back(theirs.GetSignatureHashTaproot([.. mine.SpentOutputs.Select(Theirs.Of)], data));
        }
        catch (ArgumentException)
        {
            // BIP341 has no such hash.
        }

        return made == found.HasValue && (!made || hash == found) ? new Verdict(made)
            : Verdict.Differs(made, $"taproot {type:x}, input {index}: {mine.Transaction.ToHex()}");
    }
}
