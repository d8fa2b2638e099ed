using System.Collections.Immutable;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>Reads PSBTs, and checks what their maps must be each and together.</summary>
internal static class PsbtReader
{
    private const int LeastMapLength = 1;

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

    /// <summary>Reads and checks all of it.</summary>
    public static PsbtError Read(ReadOnlyMemory<byte> bytes, out Psbt? psbt)
    {
        psbt = null;
        if (!bytes.Span.StartsWith(Psbt.Magic))
        {
            return PsbtError.Magic;
        }

        var reader = new ByteReader(bytes[Psbt.Magic.Length..]);
        var error = PsbtMap.Read(ref reader, out var global);
        if (error == PsbtError.None)
        {
            error = CheckGlobal(global, out var unsigned, out var inputCount, out var outputCount);
            if (error == PsbtError.None)
            {
                error = ReadMaps(ref reader, inputCount, PsbtRules.CheckInput, out var inputs);
                if (error == PsbtError.None)
                {
                    error = ReadMaps(ref reader, outputCount, PsbtRules.CheckOutput, out var outputs);
                    psbt = new Psbt(unsigned, global, inputs, outputs);
                }
            }
        }

        if (error != PsbtError.None || psbt is null)
        {
            return error;
        }

        return reader.Remaining != 0 ? PsbtError.TrailingBytes : CheckWhole(psbt);
    }

    private static PsbtError ReadMaps(
        ref ByteReader reader, ulong count, Func<PsbtField, PsbtError> check, out ImmutableArray<PsbtMap> maps)
    {
        maps = [];
        if (count > (ulong)(reader.Remaining / LeastMapLength))
        {
            return PsbtError.Truncated;
        }

        var builder = ImmutableArray.CreateBuilder<PsbtMap>((int)count);
        while (builder.Count < (int)count)
        {
            var error = PsbtMap.Read(ref reader, out var map);
            if (error == PsbtError.None)
            {
                error = CheckFields(map, check);
            }

            if (error != PsbtError.None)
            {
                return error;
            }

            builder.Add(map);
        }

        maps = builder.MoveToImmutable();
        return PsbtError.None;
    }

    private static PsbtError CheckFields(PsbtMap map, Func<PsbtField, PsbtError> check)
    {
        foreach (var field in map.Fields)
        {
            var error = check(field);
            if (error != PsbtError.None)
            {
                return error;
            }
        }

        return PsbtError.None;
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

        var version = Psbt.Number(global, PsbtGlobalType.Version) ?? 0;
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

    private static PsbtError CheckWhole(Psbt psbt)
    {
        for (var i = 0; i < psbt.Inputs.Length; i++)
        {
            var error = CheckInput(psbt, i);
            if (error != PsbtError.None)
            {
                return error;
            }
        }

        foreach (var output in psbt.Outputs)
        {
            var present = Array.FindAll(Version2Outputs, output.Has).Length;
            if (present != (psbt.Version == 2 ? Version2Outputs.Length : 0))
            {
                return psbt.Version == 2 ? PsbtError.MissingField : PsbtError.UnexpectedField;
            }
        }

        return psbt.Version == 2 && PsbtTransaction.Build(psbt) is null ? PsbtError.IncompatibleLocks : PsbtError.None;
    }

    private static PsbtError CheckInput(Psbt psbt, int input)
    {
        var map = psbt.Inputs[input];
        if (psbt.Version == 0 && Array.Exists(Version2Inputs, map.Has))
        {
            return PsbtError.UnexpectedField;
        }

        if (psbt.Version == 2 && !(map.Has(PsbtInputType.PreviousTxId) && map.Has(PsbtInputType.OutputIndex)))
        {
            return PsbtError.MissingField;
        }

        if (map[PsbtInputType.PreviousTransaction] is { } bytes)
        {
            var previous = Transaction.Parse(bytes);
            var outPoint = psbt.OutPointOf(input);
            if (previous.Id != outPoint.TxId || outPoint.Index >= (uint)previous.Outputs.Length)
            {
                return PsbtError.WrongPreviousTransaction;
            }
        }

        return PsbtError.None;
    }

    private static ulong ReadCount(PsbtMap map, ulong type) =>
        map[type] is { } value ? new ByteReader(value).ReadCompactSize() : 0;
}
