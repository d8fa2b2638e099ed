namespace Market.Bitcoin.Wallet;

/// <content>Compiling to script.</content>
public sealed partial class Miniscript
{
    /// <summary>The script.</summary>
    /// <exception cref="InvalidOperationException">A key is known by its hash only, or is not derived yet.</exception>
    public Script ToScript()
    {
        var builder = new ScriptBuilder();
        Write(builder, verify: false);
        return builder.Build();
    }

    // With verify the last operation takes its verifying form, or OP_VERIFY follows.
    private void Write(ScriptBuilder builder, bool verify)
    {
        switch (Fragment)
        {
            case MiniscriptFragment.PkK:
                builder.PushBytes(BytesOf(Keys[0]));
                break;
            case MiniscriptFragment.PkH:
                builder.Op(Opcode.OP_DUP).Op(Opcode.OP_HASH160).PushBytes(Keys[0].Hash.ToArray())
                    .Op(Opcode.OP_EQUALVERIFY);
                break;
            case MiniscriptFragment.Older:
                builder.Number(Number).Op(Opcode.OP_CHECKSEQUENCEVERIFY);
                break;
            case MiniscriptFragment.After:
                builder.Number(Number).Op(Opcode.OP_CHECKLOCKTIMEVERIFY);
                break;
            case MiniscriptFragment.False or MiniscriptFragment.True:
                builder.Number(Fragment == MiniscriptFragment.True ? 1 : 0);
                break;
            case >= MiniscriptFragment.Sha256 and <= MiniscriptFragment.Hash160:
                builder.Op(Opcode.OP_SIZE).Number(32).Op(Opcode.OP_EQUALVERIFY).Op(HashOperation)
                    .PushBytes(HashValue.Span).Op(verify ? Opcode.OP_EQUALVERIFY : Opcode.OP_EQUAL);
                return;
            case MiniscriptFragment.Multi or MiniscriptFragment.MultiA or MiniscriptFragment.Thresh:
                WriteCounted(builder, verify);
                return;
            case >= MiniscriptFragment.WrapA:
                WriteWrapper(builder, verify);
                return;
            default:
                WriteCombination(builder, verify);
                return;
        }

        VerifyAfter(builder, verify);
    }

    private void WriteCounted(ScriptBuilder builder, bool verify)
    {
        switch (Fragment)
        {
            case MiniscriptFragment.Multi:
                builder.Number(Number);
                foreach (var key in Keys)
                {
                    builder.PushBytes(BytesOf(key));
                }

                builder.Number(Keys.Length)
                    .Op(verify ? Opcode.OP_CHECKMULTISIGVERIFY : Opcode.OP_CHECKMULTISIG);
                break;
            case MiniscriptFragment.MultiA:
                for (var i = 0; i < Keys.Length; i++)
                {
                    builder.PushBytes(BytesOf(Keys[i])).Op(i == 0 ? Opcode.OP_CHECKSIG : Opcode.OP_CHECKSIGADD);
                }

                builder.Number(Number).Op(verify ? Opcode.OP_NUMEQUALVERIFY : Opcode.OP_NUMEQUAL);
                break;
            default:
                for (var i = 0; i < Subs.Length; i++)
                {
                    Subs[i].Write(builder, verify: false);
                    if (i > 0)
                    {
                        builder.Op(Opcode.OP_ADD);
                    }
                }

                builder.Number(Number).Op(verify ? Opcode.OP_EQUALVERIFY : Opcode.OP_EQUAL);
                break;
        }
    }

    private void WriteWrapper(ScriptBuilder builder, bool verify)
    {
        var sub = Subs[0];
        switch (Fragment)
        {
            case MiniscriptFragment.WrapA:
                builder.Op(Opcode.OP_TOALTSTACK);
                sub.Write(builder, verify: false);
                builder.Op(Opcode.OP_FROMALTSTACK);
                break;
            case MiniscriptFragment.WrapS:
                builder.Op(Opcode.OP_SWAP);
                sub.Write(builder, verify);
                return;
            case MiniscriptFragment.WrapC:
                sub.Write(builder, verify: false);
                builder.Op(verify ? Opcode.OP_CHECKSIGVERIFY : Opcode.OP_CHECKSIG);
                return;
            case MiniscriptFragment.WrapD:
                builder.Op(Opcode.OP_DUP).Op(Opcode.OP_IF);
                sub.Write(builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            case MiniscriptFragment.WrapV:
                sub.Write(builder, verify: true);
                return;
            case MiniscriptFragment.WrapJ:
                builder.Op(Opcode.OP_SIZE).Op(Opcode.OP_0NOTEQUAL).Op(Opcode.OP_IF);
                sub.Write(builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            default:
                sub.Write(builder, verify: false);
                builder.Op(Opcode.OP_0NOTEQUAL);
                break;
        }

        VerifyAfter(builder, verify);
    }

    private void WriteCombination(ScriptBuilder builder, bool verify)
    {
        if (Fragment == MiniscriptFragment.OrI)
        {
            builder.Op(Opcode.OP_IF);
        }

        Subs[0].Write(builder, verify: false);
        switch (Fragment)
        {
            case MiniscriptFragment.AndV:
                Subs[1].Write(builder, verify);
                return;
            case MiniscriptFragment.AndB or MiniscriptFragment.OrB:
                Subs[1].Write(builder, verify: false);
                builder.Op(Fragment == MiniscriptFragment.AndB ? Opcode.OP_BOOLAND : Opcode.OP_BOOLOR);
                break;
            case MiniscriptFragment.OrC or MiniscriptFragment.OrD:
                if (Fragment == MiniscriptFragment.OrD)
                {
                    builder.Op(Opcode.OP_IFDUP);
                }

                builder.Op(Opcode.OP_NOTIF);
                Subs[1].Write(builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            case MiniscriptFragment.OrI:
                builder.Op(Opcode.OP_ELSE);
                Subs[1].Write(builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
            default:
                builder.Op(Opcode.OP_NOTIF);
                Subs[2].Write(builder, verify: false);
                builder.Op(Opcode.OP_ELSE);
                Subs[1].Write(builder, verify: false);
                builder.Op(Opcode.OP_ENDIF);
                break;
        }

        VerifyAfter(builder, verify);
    }

    private Opcode HashOperation => Fragment switch
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
