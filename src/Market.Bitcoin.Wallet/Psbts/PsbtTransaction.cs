using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>The transaction that the maps of version 2 make (BIP370).</summary>
internal static class PsbtTransaction
{
    /// <summary>What tells it from others (BIP370, "Unique Identification"): version 2 lets sequences change. Null where it has no
    /// transaction.</summary>
    public static TxId? UniqueId(Psbt psbt) => (psbt.Unsigned ?? Build(psbt, withSequences: false))?.Id;

    /// <summary>The transaction of version 2's maps; null where the inputs' locks do not go together.</summary>
    public static Transaction? Build(Psbt psbt, bool withSequences = true)
    {
        if (DetermineLockTime(psbt) is not { } lockTime)
        {
            return null;
        }

        var inputs = ImmutableArray.CreateBuilder<TxIn>(psbt.Inputs.Length);
        for (var i = 0; i < psbt.Inputs.Length; i++)
        {
            var sequence = withSequences ? Psbt.Number(psbt.Inputs[i], PsbtInputType.Sequence) ?? TxIn.FinalSequence : 0;
            inputs.Add(new TxIn(psbt.OutPointOf(i), Script.Empty, sequence));
        }

        var outputs = psbt.Outputs.Select(output => new TxOut(
            new Amount(BinaryPrimitives.ReadInt64LittleEndian(output[PsbtOutputType.Amount]!.Value.Span)),
            new Script(output[PsbtOutputType.ScriptPubKey]!.Value)));
        var version = unchecked((int)(Psbt.Number(psbt.Global, PsbtGlobalType.TransactionVersion) ?? 2));
        return new Transaction(version, inputs.MoveToImmutable(), [.. outputs], lockTime);
    }

    // BIP370: the kind that every input with a lock supports, height first; of it the greatest.
    private static uint? DetermineLockTime(Psbt psbt)
    {
        var (heights, times, any) = (true, true, false);
        uint height = 0;
        uint time = 0;
        foreach (var input in psbt.Inputs)
        {
            var (needsHeight, needsTime) =
                (Psbt.Number(input, PsbtInputType.RequiredHeight), Psbt.Number(input, PsbtInputType.RequiredTime));
            if (needsHeight is null && needsTime is null)
            {
                continue;
            }

            any = true;
            heights &= needsHeight is not null;
            times &= needsTime is not null;
            height = Math.Max(height, needsHeight ?? 0);
            time = Math.Max(time, needsTime ?? 0);
        }

        if (!any)
        {
            return Psbt.Number(psbt.Global, PsbtGlobalType.FallbackLockTime) ?? 0;
        }

        return heights ? height : times ? time : null;
    }
}
