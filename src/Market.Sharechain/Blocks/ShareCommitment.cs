using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>The mainchain coinbase's output that commits to a share: OP_RETURN, 0x24, "shr1", SHA256d(ShareHeader).</summary>
public static class ShareCommitment
{
    private const int Length = 38;

    private static ReadOnlySpan<byte> Prefix => [(byte)Opcode.OP_RETURN, 0x24, (byte)'s', (byte)'h', (byte)'r', (byte)'1'];

    /// <summary>The output, of value 0.</summary>
    public static TxOut Output(Hash256 commitment)
    {
        var script = new byte[Length];
        Prefix.CopyTo(script);
        commitment.CopyTo(script.AsSpan(Prefix.Length));
        return new TxOut(Amount.Zero, new Script(script));
    }

    /// <summary>The header that an output commits to, whatever its value; null where it is no commitment.</summary>
    public static Hash256? Read(TxOut output)
    {
        var script = output.ScriptPubKey.Span;
        return script.Length == Length && script.StartsWith(Prefix)
            ? new Hash256(script[Prefix.Length..])
            : null;
    }

    /// <summary>Whether a mainchain coinbase commits to a share's header exactly once (rule 4).</summary>
    public static ShareRefusal Check(Transaction mainCoinbase, Hash256 commitment)
    {
        var found = 0;
        foreach (var output in mainCoinbase.Outputs)
        {
            // An output of value is somebody's payout, whatever its script looks like.
            if (output.Value != Amount.Zero || Read(output) is not { } named)
            {
                continue;
            }

            if (named != commitment)
            {
                return ShareRefusal.CommitmentOfAnotherShare;
            }

            found++;
        }

        return found switch
        {
            0 => ShareRefusal.CommitmentMissing,
            1 => ShareRefusal.None,
            _ => ShareRefusal.CommitmentRepeated,
        };
    }
}
