using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>
/// A partially signed transaction: version 0 (BIP174) or 2 (BIP370), with taproot's fields (BIP371) and hash preimages.
/// Mutable, for one thread. Reading checks every known field; unknown ones are kept.
/// </summary>
public sealed partial class Psbt
{
    /// <summary>Longer ones are refused before anything is read.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    private const int LeastMapLength = 1;

    private readonly Transaction? _unsigned;

    private Psbt(Transaction? unsigned, PsbtMap global, ImmutableArray<PsbtMap> inputs, ImmutableArray<PsbtMap> outputs)
    {
        _unsigned = unsigned;
        (Global, Inputs, Outputs) = (global, inputs, outputs);
    }

    /// <summary>The global map.</summary>
    public PsbtMap Global { get; }

    /// <summary>A map for each input.</summary>
    public ImmutableArray<PsbtMap> Inputs { get; }

    /// <summary>A map for each output.</summary>
    public ImmutableArray<PsbtMap> Outputs { get; }

    /// <summary>0 or 2.</summary>
    public int Version => _unsigned is null ? 2 : 0;

    private static ReadOnlySpan<byte> Magic => [0x70, 0x73, 0x62, 0x74, 0xff];

    /// <summary>A PSBT of version 0.</summary>
    /// <param name="unsigned">The transaction; its scripts and witnesses are left out.</param>
    public static Psbt Create(Transaction unsigned)
    {
        ArgumentNullException.ThrowIfNull(unsigned);
        var bare = new Transaction(
            unsigned.Version,
            [.. unsigned.Inputs.Select(input => new TxIn(input.PreviousOutput, Script.Empty, input.Sequence))],
            unsigned.Outputs,
            unsigned.LockTime);
        var global = new PsbtMap();
        global.Set(PsbtGlobalType.UnsignedTransaction, bare.ToArray());
        return new Psbt(bare, global, Maps(bare.Inputs.Length), Maps(bare.Outputs.Length));
    }

    /// <summary>A PSBT of version 2.</summary>
    /// <param name="unsigned">The transaction; its scripts and witnesses are left out.</param>
    public static Psbt CreateVersion2(Transaction unsigned)
    {
        ArgumentNullException.ThrowIfNull(unsigned);
        var global = new PsbtMap();
        global.Set(PsbtGlobalType.TransactionVersion, UInt32((uint)unsigned.Version));
        global.Set(PsbtGlobalType.FallbackLockTime, UInt32(unsigned.LockTime));
        global.Set(PsbtGlobalType.InputCount, Count(unsigned.Inputs.Length));
        global.Set(PsbtGlobalType.OutputCount, Count(unsigned.Outputs.Length));
        global.Set(PsbtGlobalType.Version, UInt32(2));
        var psbt = new Psbt(null, global, Maps(unsigned.Inputs.Length), Maps(unsigned.Outputs.Length));
        for (var i = 0; i < unsigned.Inputs.Length; i++)
        {
            var outPoint = unsigned.Inputs[i].PreviousOutput;
            psbt.Inputs[i].Set(PsbtInputType.PreviousTxId, outPoint.TxId.Value.ToArray());
            psbt.Inputs[i].Set(PsbtInputType.OutputIndex, UInt32(outPoint.Index));
            psbt.Inputs[i].Set(PsbtInputType.Sequence, UInt32(unsigned.Inputs[i].Sequence));
        }

        for (var i = 0; i < unsigned.Outputs.Length; i++)
        {
            var amount = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(amount, unsigned.Outputs[i].Value.Sats);
            psbt.Outputs[i].Set(PsbtOutputType.Amount, amount);
            psbt.Outputs[i].Set(PsbtOutputType.ScriptPubKey, unsigned.Outputs[i].ScriptPubKey.Memory);
        }

        return psbt;
    }

    /// <summary>Reads base64.</summary>
    public static bool TryParse(string? base64, [NotNullWhen(true)] out Psbt? psbt, out PsbtError error)
    {
        psbt = null;
        error = PsbtError.NotBase64;
        if (base64 is null || base64.Length > MaxLength / 3 * 4)
        {
            return false;
        }

        var bytes = new byte[base64.Length / 4 * 3 + 3];
        return !base64.AsSpan().ContainsAny(" \t\r\n") && Convert.TryFromBase64String(base64, bytes, out var length)
            && TryParse(bytes.AsMemory(0, length), out psbt, out error);
    }

    /// <summary>Reads bytes; they are kept, so they must not change.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Psbt? psbt, out PsbtError error)
    {
        psbt = null;
        error = bytes.Length > MaxLength ? PsbtError.Truncated : Read(bytes, out psbt);
        if (error != PsbtError.None)
        {
            psbt = null;
        }

        return psbt is not null;
    }

    /// <summary>A copy whose maps are its own.</summary>
    public Psbt Clone()
    {
        var copy = new Psbt(_unsigned, new PsbtMap(), Maps(Inputs.Length), Maps(Outputs.Length));
        copy.Global.CopyFrom(Global);
        for (var i = 0; i < Inputs.Length; i++)
        {
            copy.Inputs[i].CopyFrom(Inputs[i]);
        }

        for (var i = 0; i < Outputs.Length; i++)
        {
            copy.Outputs[i].CopyFrom(Outputs[i]);
        }

        return copy;
    }

    /// <summary>The bytes.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter(1024).Bytes(Magic);
        Global.Write(writer);
        foreach (var map in Inputs.Concat(Outputs))
        {
            map.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>The bytes as base64.</summary>
    public string ToBase64() => Convert.ToBase64String(ToArray());

    /// <summary>Never the content, which may hold a preimage.</summary>
    public override string ToString() => $"Psbt({Inputs.Length} inputs, {Outputs.Length} outputs)";

    private static PsbtError Read(ReadOnlyMemory<byte> bytes, out Psbt? psbt)
    {
        psbt = null;
        if (!bytes.Span.StartsWith(Magic))
        {
            return PsbtError.Magic;
        }

        var reader = new ByteReader(bytes[Magic.Length..]);
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

        return reader.Remaining != 0 ? PsbtError.TrailingBytes : psbt.CheckWhole();
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

    private static ImmutableArray<PsbtMap> Maps(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new PsbtMap())];

    private static byte[] UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Count(int value) => new ByteWriter(9).CompactSize((ulong)value).ToArray();
}
