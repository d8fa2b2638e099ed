using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>Why text is no address.</summary>
public enum AddressError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Neither base58check nor bech32, or a checksum is off.</summary>
    Malformed,

    /// <summary>An address of another network.</summary>
    WrongNetwork,

    /// <summary>A bech32 checksum of the other variant than the witness version asks for (BIP350).</summary>
    WrongVariant,

    /// <summary>A witness version above 16, or a program of a length that is not allowed (BIP141).</summary>
    InvalidProgram,
}

/// <summary>A locking script that has a short text on a network. Equal where network and script are.</summary>
public sealed record BitcoinAddress
{
    private BitcoinAddress(Network network, Script scriptPubKey)
    {
        Network = network;
        ScriptPubKey = scriptPubKey;
    }

    /// <summary>Where it is valid.</summary>
    public Network Network { get; }

    /// <summary>What it pays to.</summary>
    public Script ScriptPubKey { get; }

    /// <summary>The address of a script: P2PKH, P2SH and witness programs have one.</summary>
    public static bool TryFromScript(
        Script scriptPubKey, Network network, [NotNullWhen(true)] out BitcoinAddress? address)
    {
        ArgumentNullException.ThrowIfNull(network);
        var has = scriptPubKey.IsP2pkh || scriptPubKey.IsP2sh
            || (scriptPubKey.IsWitnessProgram(out var version, out var program)
                && (version != 0 || program.Length is 20 or 32));
        address = has ? new BitcoinAddress(network, scriptPubKey) : null;
        return has;
    }

    /// <summary>The address of a script that has one.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    public static BitcoinAddress FromScript(Script scriptPubKey, Network network) =>
        TryFromScript(scriptPubKey, network, out var address)
            ? address
            : throw new ArgumentException("This script has no address.", nameof(scriptPubKey));

    /// <summary>Reads an address of one network.</summary>
    public static bool TryParse(
        string? text, Network network, [NotNullWhen(true)] out BitcoinAddress? address, out AddressError error)
    {
        ArgumentNullException.ThrowIfNull(network);
        error = Decode(text, network, out var script);
        address = error == AddressError.None ? new BitcoinAddress(network, script) : null;
        return address is not null;
    }

    /// <summary>Reads an address of one network.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static BitcoinAddress Parse(string text, Network network) =>
        TryParse(text, network, out var address, out var error)
            ? address
            : throw new FormatException($"Not an address of {network}: {error}.");

    /// <summary>The address as people write it.</summary>
    public override string ToString()
    {
        if (ScriptPubKey.IsP2pkh)
        {
            return Base58.EncodeCheck([Network.PubKeyHashPrefix, .. ScriptPubKey.Span.Slice(3, 20)]);
        }

        if (ScriptPubKey.IsWitnessProgram(out var version, out var program))
        {
            Bech32.TryConvertBits(program.Span, 8, 5, pad: true, out var values);
            return Bech32.Encode(Network.Bech32Hrp, [(byte)version, .. values!], VariantOf(version));
        }

        return Base58.EncodeCheck([Network.ScriptHashPrefix, .. ScriptPubKey.Span.Slice(2, 20)]);
    }

    private static Bech32Variant VariantOf(int version) => version == 0 ? Bech32Variant.Bech32 : Bech32Variant.Bech32m;

    private static AddressError Decode(string? text, Network network, out Script script)
    {
        script = default;
        if (Bech32.TryDecode(text, out var hrp, out var values, out var variant))
        {
            return hrp == network.Bech32Hrp ? DecodeWitness(values, variant, out script) : AddressError.WrongNetwork;
        }

        if (!Base58.TryDecodeCheck(text, out var payload))
        {
            return AddressError.Malformed;
        }

        if (payload.Length != 1 + Hash160.Length)
        {
            return AddressError.Malformed;
        }

        var hash = new Hash160(payload.AsSpan(1));
        if (payload[0] == network.PubKeyHashPrefix)
        {
            script = Script.P2pkh(hash);
            return AddressError.None;
        }

        if (payload[0] == network.ScriptHashPrefix)
        {
            script = Script.P2sh(hash);
            return AddressError.None;
        }

        return AddressError.WrongNetwork;
    }

    private static AddressError DecodeWitness(byte[] values, Bech32Variant variant, out Script script)
    {
        script = default;
        if (values.Length == 0 || values[0] > 16
            || !Bech32.TryConvertBits(values.AsSpan(1), 5, 8, pad: false, out var program)
            || program.Length is < 2 or > 40 || (values[0] == 0 && program.Length is not (20 or 32)))
        {
            return AddressError.InvalidProgram;
        }

        if (variant != VariantOf(values[0]))
        {
            return AddressError.WrongVariant;
        }

        script = Script.WitnessProgram(values[0], program);
        return AddressError.None;
    }
}
