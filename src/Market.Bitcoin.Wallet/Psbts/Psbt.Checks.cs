using System.Buffers.Binary;
using System.Collections.Immutable;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <content>What the maps must be together, and the transaction they make.</content>
public sealed partial class Psbt
{
    private static readonly ulong[] Version2Globals =
    [
        PsbtGlobalType.TransactionVersion, PsbtGlobalType.FallbackLockTime, PsbtGlobalType.InputCount,
        PsbtGlobalType.OutputCount, PsbtGlobalType.Modifiable,
    ];

    private static readonly ulong[] Version2Inputs =
    [
        PsbtInputType.PreviousTxId, PsbtInputType.OutputIndex, PsbtInputType.Sequence, PsbtInputType.RequiredTime,
        PsbtInputType.RequiredHeight,
    ];

    private static readonly ulong[] Version2Outputs = [PsbtOutputType.Amount, PsbtOutputType.ScriptPubKey];

    /// <summary>The transaction without signatures.</summary>
    /// <exception cref="InvalidOperationException">Inputs ask for locks that do not go together (BIP370).</exception>
    public Transaction UnsignedTransaction => _unsigned ?? Build()
        ?? throw new InvalidOperationException("Inputs ask for locks of height and of time at once.");

    /// <summary>What an input spends.</summary>
    public OutPoint OutPointOf(int input) => _unsigned is not null
        ? _unsigned.Inputs[input].PreviousOutput
        : new OutPoint(
            new TxId(new Hash256(Inputs[input][PsbtInputType.PreviousTxId]!.Value.Span)),
            Number(Inputs[input], PsbtInputType.OutputIndex) ?? 0);

    /// <summary>The output that an input spends, from the previous transaction or the field for it.</summary>
    /// <returns>False where the PSBT does not tell, or holds another transaction than the input names.</returns>
    public bool TryGetSpentOutput(int input, out TxOut output)
    {
        output = default;
        var map = Inputs[input];
        if (map[PsbtInputType.PreviousTransaction] is { } bytes)
        {
            var (id, index) = OutPointOf(input);
            var isThere = Transaction.TryParse(bytes, out var previous, out _) && previous.Id == id
                && index < (uint)previous.Outputs.Length;
            output = isThere ? previous!.Outputs[(int)index] : default;
            return isThere;
        }

        return map[PsbtInputType.SpentOutput] is { } value && PsbtRules.TryReadOutput(value, out output);
    }

    private static PsbtError CheckGlobal(
        PsbtMap global, out Transaction? unsigned, out ulong inputs, out ulong outputs)
    {
        (unsigned, inputs, outputs) = (null, 0, 0);
        var error = CheckFields(global, PsbtRules.CheckGlobal);
        if (error != PsbtError.None)
        {
            return error;
        }

        var version = Number(global, PsbtGlobalType.Version) ?? 0;
        if (version == 2)
        {
            if (global.Has(PsbtGlobalType.UnsignedTransaction))
            {
                return PsbtError.UnexpectedField;
            }

            inputs = ReadCount(global, PsbtGlobalType.InputCount);
            outputs = ReadCount(global, PsbtGlobalType.OutputCount);
            return global.Has(PsbtGlobalType.TransactionVersion) && global.Has(PsbtGlobalType.InputCount)
                && global.Has(PsbtGlobalType.OutputCount)
                ? PsbtError.None
                : PsbtError.MissingField;
        }

        if (version != 0)
        {
            return PsbtError.Version;
        }

        error = CheckUnsigned(global, out unsigned);
        (inputs, outputs) = ((ulong)(unsigned?.Inputs.Length ?? 0), (ulong)(unsigned?.Outputs.Length ?? 0));
        return error;
    }

    private static PsbtError CheckUnsigned(PsbtMap global, out Transaction? unsigned)
    {
        unsigned = null;
        if (Array.Exists(Version2Globals, global.Has))
        {
            return PsbtError.UnexpectedField;
        }

        if (global[PsbtGlobalType.UnsignedTransaction] is not { } bytes)
        {
            return PsbtError.MissingField;
        }

        var reader = new ByteReader(bytes);
        unsigned = Transaction.Read(ref reader, allowWitness: false);
        reader.ExpectEnd();
        if (reader.Failed || unsigned is null)
        {
            unsigned = null;
            return PsbtError.InvalidValue;
        }

        return unsigned.Inputs.All(input => input.ScriptSig.IsEmpty) ? PsbtError.None : PsbtError.SignedTransaction;
    }

    private PsbtError CheckWhole()
    {
        for (var i = 0; i < Inputs.Length; i++)
        {
            var error = CheckInput(i);
            if (error != PsbtError.None)
            {
                return error;
            }
        }

        foreach (var output in Outputs)
        {
            var present = Array.FindAll(Version2Outputs, output.Has).Length;
            if (present != (Version == 2 ? Version2Outputs.Length : 0))
            {
                return Version == 2 ? PsbtError.MissingField : PsbtError.UnexpectedField;
            }
        }

        return Version == 2 && Build() is null ? PsbtError.IncompatibleLocks : PsbtError.None;
    }

    private PsbtError CheckInput(int input)
    {
        var map = Inputs[input];
        if (Version == 0 && Array.Exists(Version2Inputs, map.Has))
        {
            return PsbtError.UnexpectedField;
        }

        if (Version == 2 && !(map.Has(PsbtInputType.PreviousTxId) && map.Has(PsbtInputType.OutputIndex)))
        {
            return PsbtError.MissingField;
        }

        if (map[PsbtInputType.PreviousTransaction] is { } bytes)
        {
            var previous = Transaction.Parse(bytes);
            var outPoint = OutPointOf(input);
            if (previous.Id != outPoint.TxId || outPoint.Index >= (uint)previous.Outputs.Length)
            {
                return PsbtError.WrongPreviousTransaction;
            }
        }

        return PsbtError.None;
    }

    // BIP370, "Unique Identification": version 2 lets sequences change. Null where it has no transaction.
    private TxId? UniqueId() => (_unsigned ?? Build(withSequences: false))?.Id;

    // Null where the inputs' locks do not go together.
    private Transaction? Build(bool withSequences = true)
    {
        if (DetermineLockTime() is not { } lockTime)
        {
            return null;
        }

        var inputs = ImmutableArray.CreateBuilder<TxIn>(Inputs.Length);
        for (var i = 0; i < Inputs.Length; i++)
        {
            var sequence = withSequences ? Number(Inputs[i], PsbtInputType.Sequence) ?? TxIn.FinalSequence : 0;
            inputs.Add(new TxIn(OutPointOf(i), Script.Empty, sequence));
        }

        var outputs = Outputs.Select(output => new TxOut(
            new Amount(BinaryPrimitives.ReadInt64LittleEndian(output[PsbtOutputType.Amount]!.Value.Span)),
            new Script(output[PsbtOutputType.ScriptPubKey]!.Value)));
        var version = unchecked((int)(Number(Global, PsbtGlobalType.TransactionVersion) ?? 2));
        return new Transaction(version, inputs.MoveToImmutable(), [.. outputs], lockTime);
    }

    // BIP370: the kind that every input with a lock supports, height first; of it the greatest.
    private uint? DetermineLockTime()
    {
        var (heights, times, any) = (true, true, false);
        uint height = 0;
        uint time = 0;
        foreach (var input in Inputs)
        {
            var (needsHeight, needsTime) =
                (Number(input, PsbtInputType.RequiredHeight), Number(input, PsbtInputType.RequiredTime));
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
            return Number(Global, PsbtGlobalType.FallbackLockTime) ?? 0;
        }

        return heights ? height : times ? time : null;
    }

    private static uint? Number(PsbtMap map, ulong type) =>
        map[type] is { } value ? BinaryPrimitives.ReadUInt32LittleEndian(value.Span) : null;

    private static ulong ReadCount(PsbtMap map, ulong type) =>
        map[type] is { } value ? new ByteReader(value).ReadCompactSize() : 0;
}
