namespace Market.Bitcoin;

/// <summary>Counts signature operations as blocks are limited by them (BIP16, BIP141).</summary>
public static class SigOps
{
    /// <summary>What one outside a witness costs.</summary>
    public const int WitnessScale = 4;

    private const int MultisigAtMost = 20;

    /// <summary>Counts a script's own.</summary>
    /// <param name="script">The script; counting stops at a push cut short.</param>
    /// <param name="accurate">True takes n from before a multisig, false always 20.</param>
    public static int Count(Script script, bool accurate)
    {
        var bytes = script.Span;
        var (count, last) = (0, Opcode.OP_INVALIDOPCODE);
        for (var at = 0; at < bytes.Length;)
        {
            var opcode = (Opcode)bytes[at];
            if (opcode < Opcode.OP_PUSHDATA1)
            {
                at += 1 + (int)opcode;
            }
            else if (opcode > Opcode.OP_PUSHDATA4)
            {
                count += CountOne(opcode, last, accurate);
                at++;
            }
            else if (!TrySkipLongPush(bytes, ref at))
            {
                return count;
            }

            last = opcode;
        }

        return count;
    }

    private static int CountOne(Opcode opcode, Opcode last, bool accurate) => opcode switch
    {
        Opcode.OP_CHECKSIG or Opcode.OP_CHECKSIGVERIFY => 1,
        Opcode.OP_CHECKMULTISIG or Opcode.OP_CHECKMULTISIGVERIFY =>
            accurate && last is >= Opcode.OP_1 and <= Opcode.OP_16 ? last - Opcode.OP_1 + 1 : MultisigAtMost,
        _ => 0,
    };

    private static bool TrySkipLongPush(ReadOnlySpan<byte> script, ref int at)
    {
        var reader = new ScriptReader(script[at..]);
        var isWhole = reader.TryRead(out _, out _);
        at += reader.Position;
        return isWhole;
    }

    /// <summary>Counts those in a transaction's own scripts, inaccurately as before BIP16.</summary>
    public static int LegacyCount(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var count = 0;
        foreach (ref readonly var input in transaction.Inputs.AsSpan())
        {
            count += Count(input.ScriptSig, accurate: false);
        }

        foreach (ref readonly var output in transaction.Outputs.AsSpan())
        {
            count += Count(output.ScriptPubKey, accurate: false);
        }

        return count;
    }

    /// <summary>The cost of a transaction: 4 for each outside a witness, 1 for each in a version 0 witness.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="spentOutputs">The outputs its inputs spend, in order; empty for a coinbase.</param>
    /// <param name="flags">P2SH and WITNESS matter.</param>
    public static int Cost(
        Transaction transaction, ReadOnlySpan<TxOut> spentOutputs, ScriptFlags flags = ScriptFlags.Consensus)
    {
        var cost = LegacyCount(transaction) * WitnessScale;
        if (transaction.IsCoinbase)
        {
            return cost;
        }

        var inputs = transaction.Inputs.AsSpan();
        for (var i = 0; i < inputs.Length; i++)
        {
            var spent = spentOutputs[i].ScriptPubKey;
            var redeem = spent.IsP2sh ? RedeemScript(inputs[i].ScriptSig) : null;
            if (redeem is not null && (flags & ScriptFlags.P2SH) != 0)
            {
                cost += Count(redeem.Value, accurate: true) * WitnessScale;
            }

            if ((flags & ScriptFlags.WITNESS) != 0)
            {
                cost += WitnessCount(redeem ?? spent, inputs[i].Witness);
            }
        }

        return cost;
    }

    internal static Script? RedeemScript(Script scriptSig)
    {
        Script? last = null;
        var reader = new ScriptReader(scriptSig.Span);
        while (reader.TryRead(out var opcode, out var data))
        {
            if (opcode > Opcode.OP_16)
            {
                return null;
            }

            last = new Script(scriptSig.Memory.Slice(reader.Position - data.Length, data.Length));
        }

        return reader.Failed ? null : last;
    }

    private static int WitnessCount(Script script, Witness witness)
    {
        if (script.IsP2wpkh)
        {
            return 1;
        }

        return script.IsP2wsh && !witness.IsEmpty ? Count(new Script(witness.Items[^1]), accurate: true) : 0;
    }
}
