using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>
/// A partially signed transaction: version 0 (BIP174) or 2 (BIP370), with taproot's fields (BIP371) and hash preimages.
/// Mutable, for one thread. Reading checks every known field; unknown ones are kept.
/// </summary>
public sealed class Psbt
{
    /// <summary>Longer ones are refused before anything is read.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    internal Psbt(Transaction? unsigned, PsbtMap global, ImmutableArray<PsbtMap> inputs, ImmutableArray<PsbtMap> outputs)
    {
        Unsigned = unsigned;
        (Global, Inputs, Outputs) = (global, inputs, outputs);
    }

    /// <summary>The global map.</summary>
    public PsbtMap Global { get; }

    /// <summary>A map for each input.</summary>
    public ImmutableArray<PsbtMap> Inputs { get; }

    /// <summary>A map for each output.</summary>
    public ImmutableArray<PsbtMap> Outputs { get; }

    /// <summary>0 or 2.</summary>
    public int Version => Unsigned is null ? 2 : 0;

    /// <summary>The transaction without signatures.</summary>
    /// <exception cref="InvalidOperationException">Inputs ask for locks that do not go together (BIP370).</exception>
    public Transaction UnsignedTransaction => Unsigned ?? PsbtTransaction.Build(this)
        ?? throw new InvalidOperationException("Inputs ask for locks of height and of time at once.");

    /// <summary>The transaction of version 0; null in version 2.</summary>
    internal Transaction? Unsigned { get; }

    /// <summary>What may still be changed (BIP370); nothing in version 0.</summary>
    internal PsbtModifiable Modifiable
    {
        get => Global[PsbtGlobalType.Modifiable] is { Length: 1 } value ? (PsbtModifiable)value.Span[0] : 0;
        set
        {
            if (value != Modifiable)
            {
                Global.Set(PsbtGlobalType.Modifiable, new[] { (byte)value });
            }
        }
    }

    internal static ReadOnlySpan<byte> Magic => [0x70, 0x73, 0x62, 0x74, 0xff];

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
        error = bytes.Length > MaxLength ? PsbtError.Truncated : PsbtReader.Read(bytes, out psbt);
        if (error != PsbtError.None)
        {
            psbt = null;
        }

        return psbt is not null;
    }

    /// <summary>A copy whose maps are its own.</summary>
    public Psbt Clone()
    {
        var copy = new Psbt(Unsigned, new PsbtMap(), Maps(Inputs.Length), Maps(Outputs.Length));
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

    /// <summary>What an input spends.</summary>
    public OutPoint OutPointOf(int input) => Unsigned is not null
        ? Unsigned.Inputs[input].PreviousOutput
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

    /// <summary>Adds every signature that a key can make. Inputs that are final are left alone.</summary>
    /// <param name="key">The key; for taproot key paths the internal one.</param>
    /// <param name="auxiliaryEntropy">32 bytes for BIP340, random where there are any; null for zeros.</param>
    /// <param name="allowAnySighash">
    /// False signs only what covers all inputs and outputs (ALL and, in taproot, DEFAULT), whatever the PSBT asks for.
    /// </param>
    /// <returns>How many signatures were added; those that were there and are right do not count.</returns>
    public int Sign(PrivateKey key, byte[]? auxiliaryEntropy = null, bool allowAnySighash = false) =>
        new PsbtSigner(this, key, auxiliaryEntropy, allowAnySighash).Sign();

    /// <summary>
    /// Takes over what another PSBT of the same transaction knows more (BIP174's combiner); where both have a field, this
    /// one's value stays. In version 2 sequences may differ (BIP370), and only what both let change may still change.
    /// </summary>
    /// <returns><see cref="PsbtError.DifferentTransactions"/> where it is of another.</returns>
    public PsbtError Merge(Psbt other) => PsbtCombiner.Merge(this, other);

    /// <summary>Finishes every input; see <see cref="FinalizeInput"/>.</summary>
    /// <returns>The first error; inputs that could be finished are.</returns>
    public PsbtError FinalizeAll() => new PsbtFinalizer(this).Finish(0, Inputs.Length);

    /// <summary>
    /// Makes an input's scriptSig and witness out of its signatures, preimages and scripts, the smallest that nobody
    /// else can change, and checks it with the interpreter. What was needed for it is then removed.
    /// </summary>
    /// <param name="input">The input; one that is final is left as it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such input.</exception>
    public PsbtError FinalizeInput(int input)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)input, (uint)Inputs.Length);
        return new PsbtFinalizer(this).Finish(input, 1);
    }

    /// <summary>The signed transaction of a PSBT whose inputs are all final.</summary>
    public bool TryExtract([NotNullWhen(true)] out Transaction? transaction, out PsbtError error) =>
        PsbtExtractor.TryExtract(this, out transaction, out error);

    /// <summary>Never the content, which may hold a preimage.</summary>
    public override string ToString() => $"Psbt({Inputs.Length} inputs, {Outputs.Length} outputs)";

    internal bool IsFinal(int input) =>
        Inputs[input].Has(PsbtInputType.FinalScriptSig) || Inputs[input].Has(PsbtInputType.FinalWitness);

    internal ImmutableArray<TxOut> SpentOutputs(out bool[] isKnown)
    {
        isKnown = new bool[Inputs.Length];
        var builder = ImmutableArray.CreateBuilder<TxOut>(Inputs.Length);
        for (var i = 0; i < Inputs.Length; i++)
        {
            isKnown[i] = TryGetSpentOutput(i, out var output);
            builder.Add(output);
        }

        return builder.MoveToImmutable();
    }

    /// <summary>The script that a legacy or version 0 input runs, where the PSBT holds it and it is the one
    /// named.</summary>
    internal PsbtError ScriptOf(int input, Script spent, out Script script, out bool isWitness)
    {
        var map = Inputs[input];
        (script, isWitness) = (spent, false);
        if (script.IsP2sh)
        {
            if (map[PsbtInputType.RedeemScript] is not { } redeem || Script.P2sh(new Script(redeem)) != script)
            {
                return PsbtError.WrongScript;
            }

            script = new Script(redeem);
        }

        if (script.IsP2wsh)
        {
            isWitness = true;
            if (map[PsbtInputType.WitnessScript] is not { } witness || Script.P2wsh(new Script(witness)) != script)
            {
                return PsbtError.WrongScript;
            }

            script = new Script(witness);
        }
        else if (script.IsP2wpkh)
        {
            isWitness = true;
            script = Script.P2pkh(new Hash160(script.Span[2..]));
        }

        return PsbtError.None;
    }

    internal static uint? Number(PsbtMap map, ulong type) =>
        map[type] is { } value ? BinaryPrimitives.ReadUInt32LittleEndian(value.Span) : null;

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
