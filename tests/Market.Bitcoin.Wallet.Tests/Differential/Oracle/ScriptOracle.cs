using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Verdicts on scripts against NBitcoin.</summary>
public sealed class ScriptOracle
{
    [Fact]
    public void Rows_of_vectors_and_changes_of_them_end_the_same()
    {
        var rows = ScriptVector.Read(Testing.Vectors.Require("core/script_tests.json"));
        OracleRun.Each("rows of script vectors", 5000, (values, _) => Judge(ScriptCases.Row(values, rows)));
    }

    [Fact]
    public void Scripts_of_any_operations_end_the_same() =>
        OracleRun.Each("scripts", 8000, (values, _) => Judge(ScriptCases.Operations(values)));

    [Fact]
    public void Signed_inputs_right_and_changed_end_the_same() =>
        OracleRun.Each("signed inputs", 1000, (values, _) => Judge(SignedCases.Make(values)), takenOnceIn: 6);

    internal static Verdict Judge(ScriptCase spend)
    {
        var mine = ScriptVerifier.Verify(new PrecomputedTransaction(spend.Transaction, spend.Spent), spend.Index, spend.Flags);
        var theirs = Run(spend, out var why);
        var taken = mine == ScriptError.OK;
        return taken == theirs ? new Verdict(taken)
            : Name(spend, mine, theirs, why) is { } name ? new Verdict(taken, name)
            : Verdict.Differs(taken, $"{mine} here, {why} there: {spend}");
    }

    private static KnownDifference? Name(ScriptCase spend, ScriptError mine, bool theirs, NB.ScriptError? why)
    {
        var locksAreOff = !spend.Flags.HasFlag(ScriptFlags.CHECKLOCKTIMEVERIFY | ScriptFlags.CHECKSEQUENCEVERIFY);
        return (mine, theirs, why) switch
        {
            (ScriptError.OP_CODESEPARATOR or ScriptError.SIG_FINDANDDELETE, _, _) => KnownDifference.ConstScriptCodeIgnored,
            (ScriptError.OK, false, NB.ScriptError.DiscourageUpgradableNops) when locksAreOff
                && spend.Holds(Opcode.OP_CHECKLOCKTIMEVERIFY, Opcode.OP_CHECKSEQUENCEVERIFY) => KnownDifference.LocksDiscouraged,
            (ScriptError.OK, false, _) when spend.Holds(Opcode.OP_NOP1) => KnownDifference.Nop1RunAsLockTime,
            (ScriptError.DISCOURAGE_UPGRADABLE_NOPS, true, _) when spend.Holds(Opcode.OP_NOP1) =>
                KnownDifference.Nop1RunAsLockTime,
            _ => null,
        };
    }

    private static bool Run(ScriptCase spend, out NB.ScriptError? why)
    {
        try
        {
            var transaction = Theirs.Transaction(spend.Transaction.ToArray(), out _)!;
            NB.TxOut[] spent = [.. spend.Spent.Select(Theirs.Of)];
            var checker = new NB.TransactionChecker(
                transaction, spend.Index, spent[spend.Index], transaction.PrecomputeTransactionData(spent));
            var context = new NB.ScriptEvaluationContext { ScriptVerify = (NB.ScriptVerify)(uint)spend.Flags };
            var taken = context.VerifyScript(
                transaction.Inputs[spend.Index].ScriptSig, spent[spend.Index].ScriptPubKey, checker);
            why = context.Error;
            return taken;
        }
        catch (Exception error) when (Theirs.IsRefusal(error))
        {
            why = null;
            return false;
        }
    }
}
