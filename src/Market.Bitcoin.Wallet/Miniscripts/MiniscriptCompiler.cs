namespace Market.Bitcoin.Wallet;

/// <summary>Compiles miniscripts to scripts.</summary>
internal static class MiniscriptCompiler
{
    /// <summary>The script of an expression.</summary>
    /// <exception cref="InvalidOperationException">A key is known by its hash only, or is not derived yet.</exception>
    public static Script Compile(Miniscript m)
    {
        var builder = new ScriptBuilder();
        Write(m, builder, verify: false);
        return builder.Build();
    }

    // With verify the last operation takes its verifying form, or OP_VERIFY follows.
    private static void Write(Miniscript m, ScriptBuilder builder, bool verify)
    {
        switch (m.Fragment)
        {
            case MiniscriptFragment.PkK:
                builder.PushBytes(BytesOf(m.Keys[0]));
                break;
            case MiniscriptFragment.PkH:
                builder.Op(Opcode.OP_DUP).Op(Opcode.OP_HASH160).PushBytes(m.Keys[0].Hash.ToArray())
                    .Op(Opcode.OP_EQUALVERIFY);
                break;
            case MiniscriptFragment.Older:
                builder.Number(m.Number).Op(Opcode.OP_CHECKSEQUENCEVERIFY);
                break;
            case MiniscriptFragment.After:
                builder.Number(m.Number).Op(Opcode.OP_CHECKLOCKTIMEVERIFY);
                break;
            case MiniscriptFragment.False or MiniscriptFragment.True:
                builder.Number(m.Fragment == MiniscriptFragment.True ? 1 : 0);
                break;
            case >= MiniscriptFragment.Sha256 and <= MiniscriptFragment.Hash160:
                builder.Op(Opcode.OP_SIZE).Number(32).Op(Opcode.OP_EQUALVERIFY).Op(HashOperation(m.Fragment))
                    .PushBytes(m.HashValue.Span).Op(verify ? Opcode.OP_EQUALVERIFY : Opcode.OP_EQUAL);
                return;
            case MiniscriptFragment.Multi or MiniscriptFragment.MultiA or MiniscriptFragment.Thresh:
                WriteCounted(m, builder, verify);
                return;
            case >= MiniscriptFragment.WrapA:
                WriteWrapper(m, builder, verify);
                return;
            default:
                WriteCombination(m, builder, verify);
                return;
        }

        VerifyAfter(builder, verify);
    }

    private static void WriteCounted(Miniscript m, ScriptBuilder builder, bool verify)
    {
        switch (m.Fragment)
        {
            case MiniscriptFragment.Multi:
                builder.Number(m.Number);
                foreach (var key in m.Keys)
                {
                    builder.PushBytes(BytesOf(key));
                }

                builder.Number(m.Keys.Length)
                    .Op(verify ? Opcode.OP_CHECKMULTISIGVERIFY : Opcode.OP_CHECKMULTISIG);
                break;
            case MiniscriptFragment.MultiA:
                for (var i = 0; i < m.Keys.Length; i++)
                {
                    builder.PushBytes(BytesOf(m.Keys[i])).Op(i == 0 ? Opcode.OP_CHECKSIG : Opcode.OP_CHECKSIGADD);
                }

                builder.Number(m.Number).Op(verify ? Opcode.OP_NUMEQUALVERIFY : Opcode.OP_NUMEQUAL);
                break;
            default:
                for (var i = 0; i < m.Subs.Length; i++)
                {
                    Write(m.Subs[i], builder, verify: false);
                    if (i > 0)
                    {
                        builder.Op(Opcode.OP_ADD);
                    }
                }

                builder.Number(m.Number).Op(verify ? Opcode.OP_EQUALVERIFY : Opcode.OP_EQUAL);
                break;
        }
    }

    private static void WriteWrapper(Miniscript m, ScriptBuilder builder, bool verify)
    {
        var sub = m.Subs[0];
        switch (m.Fragment)
        {
            case MiniscriptFragment.WrapA:
                builder.Op(Opcode.OP_TOALTSTACK);
                Write(sub, builder, verify: false);
                builder.Op(Opcode.OP_FROMALTSTACK);
                break;
            case MiniscriptFragment.WrapS:
                builder.Op(Opcode.OP_SWAP);
                Write(sub, builder, verify);
                return;
            case MiniscriptFragment.WrapC:
                Write(sub, builder, verify: false);
                builder.Op(verify ? Opcode.OP_CHECKSIGVERIFY : Opcode.OP_CHECKSIG);
                return;
            case MiniscriptFragment.WrapD:
                builder.Op(Opcode.OP_DUP).Op(Opcode.OP_IF);
                Write(sub, builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            case MiniscriptFragment.WrapV:
                Write(sub, builder, verify: true);
                return;
            case MiniscriptFragment.WrapJ:
                builder.Op(Opcode.OP_SIZE).Op(Opcode.OP_0NOTEQUAL).Op(Opcode.OP_IF);
                Write(sub, builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            default:
                Write(sub, builder, verify: false);
                builder.Op(Opcode.OP_0NOTEQUAL);
                break;
        }

        VerifyAfter(builder, verify);
    }

    private static void WriteCombination(Miniscript m, ScriptBuilder builder, bool verify)
    {
        if (m.Fragment == MiniscriptFragment.OrI)
        {
            builder.Op(Opcode.OP_IF);
        }

        Write(m.Subs[0], builder, verify: false);
        switch (m.Fragment)
        {
            case MiniscriptFragment.AndV:
                Write(m.Subs[1], builder, verify);
                return;
            case MiniscriptFragment.AndB or MiniscriptFragment.OrB:
                Write(m.Subs[1], builder, verify: false);
                builder.Op(m.Fragment == MiniscriptFragment.AndB ? Opcode.OP_BOOLAND : Opcode.OP_BOOLOR);
                break;
            case MiniscriptFragment.OrC or MiniscriptFragment.OrD:
                if (m.Fragment == MiniscriptFragment.OrD)
                {
                    builder.Op(Opcode.OP_IFDUP);
                }

                builder.Op(Opcode.OP_NOTIF);
                Write(m.Subs[1], builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            case MiniscriptFragment.OrI:
                builder.Op(Opcode.OP_ELSE);
                Write(m.Subs[1], builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            default:
                builder.Op(Opcode.OP_NOTIF);
                Write(m.Subs[2], builder, verify: false);
                builder.Op(Opcode.OP_ELSE);
                Write(m.Subs[1], builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
        }

        VerifyAfter(builder, verify);
    }

    private static Opcode HashOperation(MiniscriptFragment fragment) => fragment switch
    {
        MiniscriptFragment.Sha256 => Opcode.OP_SHA256,
        MiniscriptFragment.Hash256 => Opcode.OP_HASH256,
        MiniscriptFragment.Ripemd160 => Opcode.OP_RIPEMD160,
        _ => Opcode.OP_HASH160,
    };

    private static void VerifyAfter(ScriptBuilder builder, bool verify)
    {
        if (verify)
        {
            builder.Op(Opcode.OP_VERIFY);
        }
    }

    private static ReadOnlySpan<byte> BytesOf(MiniscriptKey key) => key.Bytes.IsEmpty
        ? throw new InvalidOperationException($"The key {key.Text} is not derived.")
        : key.Bytes.Span;
}
