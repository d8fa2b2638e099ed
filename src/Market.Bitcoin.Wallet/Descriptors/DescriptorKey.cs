using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet;

/// <summary>Where a key comes from: a master key's fingerprint and the path from it (BIP380).</summary>
/// <param name="Fingerprint">The master key's fingerprint, big-endian.</param>
/// <param name="Path">The path.</param>
public sealed record KeyOrigin(uint Fingerprint, KeyPath Path)
{
    /// <summary>A PSBT's value: fingerprint, then the steps little-endian.</summary>
    public byte[] ToArray()
    {
        var writer = new ByteWriter();
        writer.Byte((byte)(Fingerprint >> 24)).Byte((byte)(Fingerprint >> 16)).Byte((byte)(Fingerprint >> 8))
            .Byte((byte)Fingerprint);
        foreach (var index in Path.Indexes)
        {
            writer.UInt32(index);
        }

        return writer.ToArray();
    }
}

/// <summary>Which public keys in hexadecimal a place in a descriptor allows.</summary>
public enum DescriptorKeyForm
{
    /// <summary>33 bytes: in witnesses before taproot (BIP382).</summary>
    Compressed,

    /// <summary>33 or 65 bytes: in pkh() (BIP381).</summary>
    Any,

    /// <summary>33 bytes, or 32 that are a key of even y: in tr() (BIP386).</summary>
    XOnly,
}

/// <summary>
/// A key expression (BIP380): an optional origin, then a public key in hexadecimal, or an extended public key with a
/// path that may end in "*". Private keys are refused: a descriptor here never holds a secret.
/// </summary>
public sealed class DescriptorKey
{
    private readonly PublicKey? _fixed;
    private readonly ExtendedPublicKey? _extended;
    private readonly KeyPath _path;
    private readonly KeyOrigin? _origin;

    private DescriptorKey(
        string text, KeyOrigin? origin, PublicKey? fixedKey, ExtendedPublicKey? extended, KeyPath path, bool isRanged)
    {
        (Text, _origin, _fixed, _extended, _path) = (text, origin, fixedKey, extended, path);
        IsRanged = isRanged;
    }

    /// <summary>How it is written.</summary>
    public string Text { get; }

    /// <summary>True where it ends in "*": one key an index.</summary>
    public bool IsRanged { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="network">Whose extended keys it may hold.</param>
    /// <param name="form">Which forms of a key in hexadecimal its place allows.</param>
    /// <param name="key">The key.</param>
    public static bool TryParse(
        string? text, Network network, DescriptorKeyForm form, [NotNullWhen(true)] out DescriptorKey? key)
    {
        ArgumentNullException.ThrowIfNull(network);
        key = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        KeyOrigin? origin = null;
        var rest = text;
        if (text[0] == '[')
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !TryParseOrigin(text[1..end], out origin))
            {
                return false;
            }

            rest = text[(end + 1)..];
        }

        if (form == DescriptorKeyForm.XOnly && XOnlyPublicKey.TryParse(rest, out var xOnly))
        {
            key = new DescriptorKey(text, origin, xOnly.ToEvenPublicKey(), null, KeyPath.Master, false);
        }
        else if (PublicKey.TryParse(rest, out var point) && (point.IsCompressed || form == DescriptorKeyForm.Any))
        {
            key = new DescriptorKey(text, origin, point, null, KeyPath.Master, false);
        }
        else
        {
            key = ParseExtended(text, rest, origin, network);
        }

        return key is not null;
    }

    /// <summary>The key at an index; without "*" the same for all.</summary>
    /// <param name="index">Below 2^31.</param>
    public PublicKey Derive(uint index)
    {
        if (_extended is null)
        {
            return _fixed!;
        }

        return _extended.Derive(IsRanged ? _path.Child(index) : _path).Key;
    }

    /// <summary>Where the key at an index comes from; an extended key without origin is its own master.</summary>
    public KeyOrigin? OriginAt(uint index)
    {
        if (_extended is null)
        {
            return _origin;
        }

        var origin = _origin ?? new KeyOrigin(_extended.Fingerprint, KeyPath.Master);
        var path = IsRanged ? _path.Child(index) : _path;
        return origin with { Path = new KeyPath(origin.Path.Indexes.AddRange(path.Indexes)) };
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static DescriptorKey? ParseExtended(string text, string rest, KeyOrigin? origin, Network network)
    {
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (!ExtendedPublicKey.TryParse(slash < 0 ? rest : rest[..slash], network, out var extended))
        {
            return null;
        }

        var steps = slash < 0 ? string.Empty : rest[(slash + 1)..];
        var isRanged = steps is "*" || steps.EndsWith("/*", StringComparison.Ordinal);
        steps = isRanged ? steps[..Math.Max(0, steps.Length - 2)] : steps;
        var path = KeyPath.Master;
        if ((slash >= 0 && steps.Length == 0 && !isRanged) || steps.StartsWith('m')
            || (steps.Length > 0 && !KeyPath.TryParse(steps, out path!))
            || path.Indexes.Any(step => step >= KeyPath.Hardened) || extended.Depth + path.Indexes.Length >= 255)
        {
            return null;
        }

        return new DescriptorKey(text, origin, null, extended, path, isRanged);
    }

    private static bool TryParseOrigin(string text, [NotNullWhen(true)] out KeyOrigin? origin)
    {
        origin = null;
        var path = KeyPath.Master;
        var valid = text.Length >= 8 && !text.AsSpan(0, 8).ContainsAnyExcept(HexDigits)
            && uint.TryParse(text.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _)
            && (text.Length == 8
                || (text.Length > 9 && text[8] == '/' && text[9] != 'm' && KeyPath.TryParse(text[9..], out path!)));
        if (valid)
        {
            origin = new KeyOrigin(
                uint.Parse(text.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), path);
        }

        return valid;
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits =
        System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
