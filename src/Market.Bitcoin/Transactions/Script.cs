using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>A script's bytes, not copied. The default value is the empty script. Equal where the bytes are.</summary>
public readonly struct Script : IEquatable<Script>
{
    /// <summary>A longer script never runs (Bitcoin Core's MAX_SCRIPT_SIZE); tapscript has no such limit.</summary>
    public const int MaxSize = 10_000;

    /// <summary>A longer item is never pushed (MAX_SCRIPT_ELEMENT_SIZE).</summary>
    public const int MaxElementSize = 520;

    /// <summary>Wraps the bytes; the caller must not change them afterwards.</summary>
    public Script(ReadOnlyMemory<byte> bytes) => Memory = bytes;

    /// <summary>No bytes.</summary>
    public static Script Empty => default;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Memory { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => Memory.Span;

    /// <summary>Length in bytes.</summary>
    public int Length => Memory.Length;

    /// <summary>True for no bytes.</summary>
    public bool IsEmpty => Memory.IsEmpty;

    /// <summary>Pay to a bare key.</summary>
    public static Script P2pk(PublicKey key) =>
        new ScriptBuilder().PushBytes(key.Span).Op(Opcode.OP_CHECKSIG).Build();

    /// <summary>Pay to a key's HASH160.</summary>
    public static Script P2pkh(Hash160 keyHash)
    {
        Span<byte> hash = stackalloc byte[Hash160.Length];
        keyHash.CopyTo(hash);
        return new ScriptBuilder().Op(Opcode.OP_DUP).Op(Opcode.OP_HASH160).PushBytes(hash)
            .Op(Opcode.OP_EQUALVERIFY).Op(Opcode.OP_CHECKSIG).Build();
    }

    /// <summary>Pay to a key's HASH160.</summary>
    public static Script P2pkh(PublicKey key) => P2pkh(key.Hash160);

    /// <summary>Pay to a script's HASH160 (BIP16).</summary>
    public static Script P2sh(Hash160 scriptHash)
    {
        Span<byte> hash = stackalloc byte[Hash160.Length];
        scriptHash.CopyTo(hash);
        return new ScriptBuilder().Op(Opcode.OP_HASH160).PushBytes(hash).Op(Opcode.OP_EQUAL).Build();
    }

    /// <summary>Pay to a redeem script (BIP16).</summary>
    public static Script P2sh(Script redeemScript) => P2sh(Hash160.Of(redeemScript.Span));

    /// <summary>Pay to a key's HASH160 by witness (BIP141).</summary>
    public static Script P2wpkh(Hash160 keyHash)
    {
        Span<byte> hash = stackalloc byte[Hash160.Length];
        keyHash.CopyTo(hash);
        return WitnessProgram(0, hash);
    }

    /// <summary>Pay to a compressed key's HASH160 by witness (BIP141).</summary>
    /// <exception cref="ArgumentException">The key is not compressed (BIP143).</exception>
    public static Script P2wpkh(PublicKey key) => key.IsCompressed
        ? P2wpkh(key.Hash160)
        : throw new ArgumentException("A witness program takes a compressed key.", nameof(key));

    /// <summary>Pay to a witness script's SHA-256 (BIP141).</summary>
    public static Script P2wsh(Script witnessScript)
    {
        Span<byte> hash = stackalloc byte[32];
        Hashes.Sha256(witnessScript.Span, hash);
        return WitnessProgram(0, hash);
    }

    /// <summary>Pay to a taproot output key (BIP341).</summary>
    /// <param name="outputKey">The key after tweaking; see <see cref="Taproot"/>.</param>
    public static Script P2tr(XOnlyPublicKey outputKey) => WitnessProgram(1, outputKey.Span);

    /// <summary>A witness program (BIP141).</summary>
    /// <param name="version">0 to 16.</param>
    /// <param name="program">2 to 40 bytes.</param>
    public static Script WitnessProgram(int version, ReadOnlySpan<byte> program)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)version, 16u);
        if (program.Length is < 2 or > 40)
        {
            throw new ArgumentException("A witness program has 2 to 40 bytes.", nameof(program));
        }

        return new ScriptBuilder().Number(version).PushBytes(program).Build();
    }

    /// <summary>Data that nobody can spend.</summary>
    public static Script OpReturn(ReadOnlySpan<byte> data) =>
        new ScriptBuilder().Op(Opcode.OP_RETURN).PushBytes(data).Build();

    /// <summary>Bare m of n; keys in the order given.</summary>
    /// <param name="required">m: 1 to the number of keys.</param>
    /// <param name="keys">1 to 20 keys (standard bare outputs: 3).</param>
    public static Script Multisig(int required, params ReadOnlySpan<PublicKey> keys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(required, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(required, keys.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Length, 20);
        var builder = new ScriptBuilder().Number(required);
        foreach (var key in keys)
        {
            builder.PushBytes(key.Span);
        }

        return builder.Number(keys.Length).Op(Opcode.OP_CHECKMULTISIG).Build();
    }

    /// <summary>True for OP_DUP OP_HASH160 20 bytes OP_EQUALVERIFY OP_CHECKSIG.</summary>
    public bool IsP2pkh => Span is [0x76, 0xa9, 0x14, .., 0x88, 0xac] && Length == 25;

    /// <summary>True for OP_HASH160 20 bytes OP_EQUAL (BIP16).</summary>
    public bool IsP2sh => Span is [0xa9, 0x14, .., 0x87] && Length == 23;

    /// <summary>True for a version 0 program of 20 bytes.</summary>
    public bool IsP2wpkh => Span is [0, 0x14, ..] && Length == 22;

    /// <summary>True for a version 0 program of 32 bytes.</summary>
    public bool IsP2wsh => Span is [0, 0x20, ..] && Length == 34;

    /// <summary>True for a version 1 program of 32 bytes.</summary>
    public bool IsP2tr => Span is [0x51, 0x20, ..] && Length == 34;

    /// <summary>True for pay to anchor.</summary>
    public bool IsAnchor => Span is [0x51, 0x02, 0x4e, 0x73];

    /// <summary>True for what can never be spent: OP_RETURN in front, or longer than <see cref="MaxSize"/>.</summary>
    public bool IsUnspendable => Span is [(byte)Opcode.OP_RETURN, ..] || Length > MaxSize;

    /// <summary>True where there are only pushes, OP_RESERVED counted as one (as Bitcoin Core does).</summary>
    public bool IsPushOnly => IsPushOnlyFrom(0);

    /// <summary>Tells a witness program (BIP141): a version and one direct push of 2 to 40 bytes.</summary>
    /// <param name="version">0 to 16.</param>
    /// <param name="program">The pushed bytes, a slice of this script.</param>
    public bool IsWitnessProgram(out int version, out ReadOnlyMemory<byte> program)
    {
        (version, program) = (0, default);
        var span = Span;
        if (span.Length is < 4 or > 42 || span[1] + 2 != span.Length
            || (span[0] != 0 && span[0] is < (byte)Opcode.OP_1 or > (byte)Opcode.OP_16))
        {
            return false;
        }

        version = span[0] == 0 ? 0 : span[0] - (byte)Opcode.OP_1 + 1;
        program = Memory[2..];
        return true;
    }

    /// <summary>What this script is.</summary>
    public ScriptKind Kind
    {
        get
        {
            if (IsP2sh)
            {
                return ScriptKind.P2sh;
            }

            if (IsWitnessProgram(out var version, out var program))
            {
                return KindOfProgram(version, program.Length);
            }

            if (IsP2pkh)
            {
                return ScriptKind.P2pkh;
            }

            if (Span is [(byte)Opcode.OP_RETURN, ..] && IsPushOnlyFrom(1))
            {
                return ScriptKind.NullData;
            }

            if (IsP2pk)
            {
                return ScriptKind.P2pk;
            }

            return TryReadMultisig(out _, out _) ? ScriptKind.Multisig : ScriptKind.NonStandard;
        }
    }

    /// <summary>True for a key of valid length and OP_CHECKSIG.</summary>
    public bool IsP2pk => (Length == 35 && Span is [33, 2 or 3, .., 0xac])
        || (Length == 67 && Span is [65, 4 or 6 or 7, .., 0xac]);

    /// <summary>Reads bare m of n with keys of valid length; n up to 20.</summary>
    /// <param name="required">m.</param>
    /// <param name="count">n.</param>
    public bool TryReadMultisig(out int required, out int count)
    {
        (required, count) = (0, 0);
        var reader = new ScriptReader(Span);
        if (!reader.TryRead(out var opcode, out var data) || !TryCount(opcode, data, out required))
        {
            return false;
        }

        var keys = 0;
        while (reader.TryRead(out opcode, out data) && data.Length is 33 or 65 && PublicKey.HasValidLength(data))
        {
            keys++;
        }

        return !reader.Failed && TryCount(opcode, data, out count) && keys == count && required <= count
            && reader.TryRead(out opcode, out _) && opcode == Opcode.OP_CHECKMULTISIG && reader.AtEnd;
    }

    /// <summary>From hexadecimal text.</summary>
    /// <exception cref="FormatException">Not hexadecimal.</exception>
    public static Script FromHex(string hex) => new(Hex.Decode(hex));

    /// <summary>A new array of the bytes.</summary>
    public byte[] ToArray() => Memory.ToArray();

    /// <inheritdoc/>
    public bool Equals(Script other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Script other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Hexadecimal text of the bytes.</summary>
    public override string ToString() => Hex.Encode(Span);

    /// <summary>Same bytes.</summary>
    public static bool operator ==(Script left, Script right) => left.Equals(right);

    /// <summary>Different bytes.</summary>
    public static bool operator !=(Script left, Script right) => !left.Equals(right);

    private ScriptKind KindOfProgram(int version, int length) => (version, length) switch
    {
        (0, 20) => ScriptKind.P2wpkh,
        (0, 32) => ScriptKind.P2wsh,
        (0, _) => ScriptKind.NonStandard,
        (1, 32) => ScriptKind.P2tr,
        _ => IsAnchor ? ScriptKind.Anchor : ScriptKind.WitnessUnknown,
    };

    private static bool TryCount(Opcode opcode, ReadOnlySpan<byte> data, out int value)
    {
        value = opcode is >= Opcode.OP_1 and <= Opcode.OP_16 ? opcode - Opcode.OP_1 + 1 : 0;
        if (data.Length == 1 && opcode == (Opcode)1 && data[0] is > 16 and <= 20)
        {
            value = data[0];
        }

        return value > 0;
    }

    private bool IsPushOnlyFrom(int start)
    {
        var reader = new ScriptReader(Span[start..]);
        while (reader.TryRead(out var opcode, out _))
        {
            if (opcode > Opcode.OP_16)
            {
                return false;
            }
        }

        return !reader.Failed;
    }
}
