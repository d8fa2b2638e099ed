using System.Collections.Immutable;
using Market.Fuzzing;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>One input with the outputs that its transaction spends, and the rules to judge it by.</summary>
internal sealed record ScriptCase(Transaction Transaction, ImmutableArray<TxOut> Spent, int Index, ScriptFlags Flags)
{
    private const ScriptFlags Ours = ScriptFlags.BIP322;
    private static readonly uint[] LockTimes = [0, 1, 400, 499_999_999, 500_000_000, 1_600_000_000, uint.MaxValue];
    private static readonly uint[] Sequences = [0, 1, 5, 0x400005, 0x80000001, 0xfffffffd, 0xfffffffe, 0xffffffff];

    public TxIn Input => Transaction.Inputs[Index];

    public Script Locking => Spent[Index].ScriptPubKey;

    /// <summary>A row of vectors as a case of its own.</summary>
    public static ScriptCase Of(ScriptVector row)
    {
        var spend = row.Spend();
        return new ScriptCase(spend.Transaction, spend.SpentOutputs, 0, Consistent(row.Flags & ~Ours));
    }

    /// <summary>A transaction of one to three inputs, of which one has the given script to satisfy.</summary>
    public static ScriptCase Of(RandomValues values, Script locking)
    {
        var inputs = Enumerable.Range(0, 1 + values.Below(3))
            .Select(_ => new TxIn(values.OutPoint(), Script.Empty, values.OneOf<uint>(Sequences))).ToImmutableArray();
        var outputs = Enumerable.Range(0, 1 + values.Below(3)).Select(_ => values.Output()).ToImmutableArray();
        var spent = inputs.Select(_ => new TxOut(new Amount(values.Below(100_000)), values.AddressScript())).ToArray();
        var index = values.Below(inputs.Length);
        spent[index] = spent[index] with { ScriptPubKey = locking };
        var transaction = new Transaction(values.OneOf(1, 2), inputs, outputs, values.OneOf<uint>(LockTimes));
        return new ScriptCase(transaction, [.. spent], index, RandomFlags(values));
    }

    /// <summary>The same with another script and witness in the input.</summary>
    public ScriptCase Unlocked(Script scriptSig, Witness witness) =>
        WithInput(Input with { ScriptSig = scriptSig, Witness = witness });

    public ScriptCase WithInput(TxIn input) => this with
    {
        Transaction = new Transaction(
            Transaction.Version, Transaction.Inputs.SetItem(Index, input), Transaction.Outputs, Transaction.LockTime),
    };

    public ScriptCase WithLocking(Script script) =>
        this with { Spent = Spent.SetItem(Index, Spent[Index] with { ScriptPubKey = script }) };

    /// <summary>Flags that Bitcoin Core runs together: witnesses ask for P2SH, a clean stack for both.</summary>
    public static ScriptFlags Consistent(ScriptFlags flags)
    {
        flags |= flags.HasFlag(ScriptFlags.CLEANSTACK) ? ScriptFlags.WITNESS : default;
        flags |= flags.HasFlag(ScriptFlags.TAPROOT) ? ScriptFlags.WITNESS : default;
        return flags | (flags.HasFlag(ScriptFlags.WITNESS) ? ScriptFlags.P2SH : default);
    }

    public static ScriptFlags RandomFlags(RandomValues values) => values.Below(4) switch
    {
        0 => ScriptFlags.Consensus,
        1 => ScriptFlags.Standard,
        _ => Consistent((ScriptFlags)values.UInt32() & ScriptFlags.Standard),
    };

    /// <summary>True where one of the scripts that may run holds an operation.</summary>
    public bool Holds(params ReadOnlySpan<Opcode> operations)
    {
        // The last push of a P2SH input is a script, and so is one of the last three items of a witness.
        List<Script> scripts = [Input.ScriptSig, Locking];
        for (var reader = new ScriptReader(Input.ScriptSig.Span); reader.TryRead(out _, out var data);)
        {
            scripts.Add(new Script(data.ToArray()));
        }

        scripts.AddRange(Input.Witness.Items.TakeLast(3).Select(item => new Script(item)));
        foreach (var script in scripts)
        {
            for (var reader = new ScriptReader(script.Span); reader.TryRead(out var opcode, out _);)
            {
                if (operations.Contains(opcode))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>All that a reader needs to run the case again.</summary>
    public override string ToString() =>
        $"input {Index} of {Transaction.ToHex()} under {Flags}, spending "
        + string.Join(", ", Spent.Select(output => $"{output.Value.Sats} {output.ScriptPubKey}"));
}
