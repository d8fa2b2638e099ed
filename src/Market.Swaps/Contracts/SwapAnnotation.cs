using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Swaps;

/// <summary>
/// The terms of a swap on the chain: a zero-value output of the initiator's lock on the sharechain,
/// <code>
/// OP_RETURN "sw1" u8(index of the HTLC's output) initiatorClaim 33 initiatorRefund 33 participantClaim 33
///     participantRefund 33 paymentHash 32 T_short u32le T_long u32le participantAmount u64le
/// </code>
/// so that both parties find every swap that has money in it with nothing but their seed: they look for annotations that name one
/// of their keys. Nothing in it is secret: what spends the contracts shows it all.
/// </summary>
/// <param name="Index">The output of the same transaction that pays the initiator's contract.</param>
/// <param name="InitiatorClaim">Claims the participant's leg; 33 bytes.</param>
/// <param name="InitiatorRefund">Takes the initiator's leg back; 33 bytes.</param>
/// <param name="ParticipantClaim">Claims the initiator's leg; 33 bytes.</param>
/// <param name="ParticipantRefund">Takes the participant's leg back; 33 bytes.</param>
/// <param name="Hash">The payment hash of both legs.</param>
/// <param name="Short">T_short, of the participant's leg.</param>
/// <param name="Long">T_long, of the initiator's leg.</param>
/// <param name="ParticipantAmount">Base units that the participant locks; above zero.</param>
public sealed record SwapAnnotation(
    byte Index,
    PublicKey InitiatorClaim,
    PublicKey InitiatorRefund,
    PublicKey ParticipantClaim,
    PublicKey ParticipantRefund,
    PaymentHash Hash,
    Locktime Short,
    Locktime Long,
    Amount ParticipantAmount)
{
    /// <summary>Length of what follows OP_RETURN's push, in bytes.</summary>
    public const int DataLength = 3 + 1 + 4 * KeyLength + Hash256.Length + 4 + 4 + 8;

    /// <summary>Length of the output script in bytes: OP_RETURN, OP_PUSHDATA1, the length, the data.</summary>
    public const int ScriptLength = DataLength + 3;

    private const int KeyLength = 33;

    private static ReadOnlySpan<byte> Tag => "sw1"u8;

    /// <summary>The annotation of agreed terms.</summary>
    /// <param name="index">The output that pays the initiator's contract.</param>
    /// <param name="terms">What was agreed.</param>
    /// <param name="participantAmount">Base units that the participant locks.</param>
    public static SwapAnnotation Of(byte index, AgreedTerms terms, Amount participantAmount) => new(
        index,
        terms.Initiator.ClaimKey,
        terms.Initiator.RefundKey,
        terms.Participant.ClaimKey,
        terms.Participant.RefundKey,
        terms.Hash,
        terms.Short,
        terms.Long,
        participantAmount);

    /// <summary>The output that carries it.</summary>
    public static TxOut Build(byte index, AgreedTerms terms, Amount participantAmount) =>
        Of(index, terms, participantAmount).ToOutput();

    /// <summary>Reads an output that carries an annotation in exactly the form that <see cref="ToOutput"/> writes.</summary>
    /// <returns>False for any other output, for keys that are none, a locktime that is no time, T_long not after T_short, or an
    /// amount that is none.</returns>
    public static bool TryParse(TxOut output, [NotNullWhen(true)] out SwapAnnotation? annotation)
    {
        annotation = null;
        var script = output.ScriptPubKey.Span;
        if (script.Length != ScriptLength || output.Value != Amount.Zero
            || script[0] != (byte)Opcode.OP_RETURN || script[1] != (byte)Opcode.OP_PUSHDATA1 || script[2] != DataLength
            || !script[3..].StartsWith(Tag))
        {
            return false;
        }

        var reader = new ByteReader(script[(3 + Tag.Length)..].ToArray());
        var index = reader.ReadByte();
        if (!TryKey(ref reader, out var initiatorClaim) || !TryKey(ref reader, out var initiatorRefund)
            || !TryKey(ref reader, out var participantClaim) || !TryKey(ref reader, out var participantRefund))
        {
            return false;
        }

        var hash = new PaymentHash(reader.ReadHash256());
        if (!Locktime.TryCreate(reader.ReadUInt32(), out var shortTime)
            || !Locktime.TryCreate(reader.ReadUInt32(), out var longTime)
            || longTime.CompareTo(shortTime) <= 0)
        {
            return false;
        }

        var amount = new Amount(reader.ReadInt64());
        if (amount.Sats is <= 0 or > Amount.MaxMoney)
        {
            return false;
        }

        annotation = new SwapAnnotation(
            index, initiatorClaim, initiatorRefund, participantClaim, participantRefund, hash, shortTime, longTime,
            amount);
        return true;
    }

    /// <summary>
    /// The annotation of a lock: the first of its outputs that is one and that names an output which pays the very contract
    /// that the annotation describes. Null where there is none.
    /// </summary>
    public static SwapAnnotation? OfLock(Transaction transaction)
    {
        foreach (var output in transaction.Outputs)
        {
            if (TryParse(output, out var annotation) && annotation.Index < transaction.Outputs.Length
                && transaction.Outputs[annotation.Index].ScriptPubKey
                    == annotation.ToTerms(null).ContractOf(Role.Initiator).ScriptPubKey)
            {
                return annotation;
            }
        }

        return null;
    }

    /// <summary>The output that carries it.</summary>
    public TxOut ToOutput() => new(
        Amount.Zero,
        Script.OpReturn(new ByteWriter(DataLength)
            .Bytes(Tag).Byte(Index)
            .Bytes(InitiatorClaim.Span).Bytes(InitiatorRefund.Span)
            .Bytes(ParticipantClaim.Span).Bytes(ParticipantRefund.Span)
            .Hash256(Hash.Value).UInt32(Short.UnixSeconds).UInt32(Long.UnixSeconds).UInt64((ulong)ParticipantAmount.Sats)
            .Written));

    /// <summary>The terms that it states.</summary>
    /// <param name="payout">The initiator's payout script, which stands in the payout annotation beside; null for none.</param>
    public AgreedTerms ToTerms(Script? payout) => new(
        Hash,
        new PartyKeys(InitiatorClaim, InitiatorRefund, Hash, payout),
        new PartyKeys(ParticipantClaim, ParticipantRefund, null, null),
        Short,
        Long);

    // Each key in its compressed form alone, so that one annotation has one writing.
    private static bool TryKey(ref ByteReader reader, [NotNullWhen(true)] out PublicKey? key)
    {
        var bytes = reader.ReadBytes(KeyLength);
        return PublicKey.TryParse(bytes.Span, out key) && key.IsCompressed;
    }
}
