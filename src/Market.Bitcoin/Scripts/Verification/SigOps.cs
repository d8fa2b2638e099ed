namespace Market.Bitcoin;

/// <summary>Counts signature operations as blocks are limited by them (BIP16, BIP141), and what nodes relay (BIP54).</summary>
public static class SigOps
{
    /// <summary>What one outside a witness costs.</summary>
    public const int WitnessScale = 4;

    /// <summary>What those of a relayed transaction may cost: a fifth of a block's (MAX_STANDARD_TX_SIGOPS_COST).</summary>
    public const int MaxRelayedCost = 16_000;

    /// <summary>How many the inputs of a relayed transaction may run outside witnesses (MAX_TX_LEGACY_SIGOPS, BIP54).</summary>
    public const int MaxRelayedLegacy = 2_500;

    private const int MultisigAtMost = 20;
    private const int BytesEach = 20;

    /// <summary>The virtual size that fees are reckoned by: each counts as 20 bytes (Bitcoin Core's -bytespersigop).</summary>
    /// <param name="weight">Weight units of the transaction.</param>
    /// <param name="cost">What its signature operations cost (<see cref="Cost"/>).</param>
    public static int VirtualSize(int weight, int cost) => (int)((Math.Max(weight, (long)cost * BytesEach) + 3) / 4);

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

    /// <summary>Those that inputs may run outside their witnesses (Core's CheckSigopsBIP54).</summary>
    /// <param name="transaction">The transaction; no coinbase.</param>
    /// <param name="spent">The coins that its inputs spend, in order.</param>
    public static long LegacyInputCount(Transaction transaction, ReadOnlySpan<Ledger.Coin> spent)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var sum = 0L;
        for (var i = 0; i < spent.Length; i++)
        {
            sum += LegacyInputCount(transaction.Inputs[i], spent[i].Output.ScriptPubKey);
        }

        return sum;
    }

    /// <summary>Those that one input may run outside its witness, counted with the n of each multisig (BIP54).</summary>
    /// <param name="input">The input.</param>
    /// <param name="spent">The script that it spends.</param>
    public static int LegacyInputCount(in TxIn input, Script spent)
    {
        var own = Count(input.ScriptSig, accurate: true);
        if (!spent.IsP2sh)
        {
            return own + Count(spent, accurate: true);
        }

        return RedeemScript(input.ScriptSig) is { } redeem ? own + Count(redeem, accurate: true) : own;
    }

    /// <summary>The script that an input shows for P2SH: its last push. Null where it pushes nothing or does more.</summary>
    /// <param name="scriptSig">The input's script.</param>
    public static Script? RedeemScript(Script scriptSig)
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
