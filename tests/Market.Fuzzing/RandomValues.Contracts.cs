using System.Globalization;
using System.Text.RegularExpressions;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <content>Miniscripts, descriptors, phrases and extended keys.</content>
public sealed partial class RandomValues
{
    private const int Tries = 200;
    private const int MaxLevel = 4;

    public Mnemonic Mnemonic() => Bitcoin.Wallet.Mnemonic.FromEntropy(Bytes(OneOf(16, 20, 24, 28, 32)));

    public ExtendedPrivateKey ExtendedKey()
    {
        var key = ExtendedPrivateKey.FromSeed(Bytes(OneOf(16, 32, 64)));
        for (var steps = Below(3); steps > 0; steps--)
        {
            var parent = key;
            key = parent.Derive(OneOf(0u, 1u, KeyPath.Hardened, (uint)Below(int.MaxValue)));
            parent.Dispose();
        }

        return key;
    }

    public KeyPath Path(int most = 5) =>
        new([.. Enumerable.Range(0, Below(most + 1)).Select(_ => OneOf(0u, 84 | KeyPath.Hardened, UInt32()))]);

    /// <summary>The text of a miniscript that is valid as a whole script, though perhaps not wise.</summary>
    public string Miniscript(bool tapscript, bool sane = false)
    {
        for (var i = 0; i < Tries; i++)
        {
            var text = Base(MaxLevel, () => tapscript ? PublicKey().XOnly.ToString() : PublicKey().ToString(), tapscript);
            if (Bitcoin.Wallet.Miniscript.TryParse(text, tapscript, out var parsed) && (!sane || parsed.IsSane))
            {
                return text;
            }
        }

        return $"pk({(tapscript ? PublicKey().XOnly.ToString() : PublicKey().ToString())})";
    }

    /// <summary>Text of a miniscript's form, of which many are typed wrongly: wrappers stand where they may not.</summary>
    public string MiniscriptCandidate(bool tapscript)
    {
        var text = Base(MaxLevel - 1, () => tapscript ? PublicKey().XOnly.ToString() : PublicKey().ToString(), tapscript);
        for (var wrappers = Below(4); wrappers > 0; wrappers--)
        {
            var places = Expression().Matches(text);
            var place = places[Below(places.Count)];
            var letter = "asctdvjnlu"[Below(10)].ToString();
            text = text.Insert(place.Index, place.Groups[1].Success ? letter : letter + ":");
        }

        return text;
    }

    /// <summary>A descriptor's text with its checksum.</summary>
    public string Descriptor(Network network)
    {
        for (var i = 0; i < Tries; i++)
        {
            var text = Below(6) switch
            {
                0 => $"pkh({DescriptorKey(network)})",
                1 => $"wpkh({DescriptorKey(network)})",
                2 => $"sh(wpkh({DescriptorKey(network)}))",
                3 => $"wsh({Base(3, () => DescriptorKey(network), false)})",
                4 => $"sh(wsh({Base(2, () => DescriptorKey(network), false)}))",
                _ => $"tr({DescriptorKey(network)}{(Chance(2) ? string.Empty : "," + Leaves(network, 2))})",
            };
            if (Bitcoin.Wallet.Descriptor.TryParse(text, network, out var descriptor, out _))
            {
                return descriptor.ToString();
            }
        }

        return Bitcoin.Wallet.Descriptor.Parse($"wpkh({PublicKey()})", network).ToString();
    }

    private string Leaves(Network network, int level) => level > 0 && Chance(2)
        ? $"{{{Leaves(network, level - 1)},{Leaves(network, level - 1)}}}"
        : Base(2, () => DescriptorKey(network), true);

    private string DescriptorKey(Network network)
    {
        var origin = Chance(2) ? $"[{Hex.Encode(Bytes(4))}{Path(3).ToString()[1..]}]" : string.Empty;
        if (Chance(2))
        {
            return origin + PublicKey();
        }

        using var key = ExtendedKey();
        return $"{origin}{key.ToPublicText(network)}{OneOf("", "/0", "/1/2", "/*", "/1/*")}";
    }

    // An expression of miniscript's type B; not all that come out of here are typed, so callers try again.
    private string Base(int level, Func<string> key, bool tapscript)
    {
        if (level == 0 || Chance(4))
        {
            return Leaf(key, tapscript);
        }

        string Inner() => Base(level - 1, key, tapscript);
        string Verify() => Wrapped("v", Inner());
        string Other() => Chance(2) ? $"s:pk({key()})" : Wrapped("a", Inner());
        string Signed() => OneOf($"pk({key()})", $"pkh({key()})");
        return Below(9) switch
        {
            0 => $"andor({Signed()},{Inner()},{Inner()})",
            1 => $"and_v({Verify()},{Inner()})",
            2 => $"and_b({Inner()},{Other()})",
            3 => $"or_b({Signed()},{Other()})",
            4 => $"or_d({Signed()},{Inner()})",
            5 => $"or_i({Inner()},{Inner()})",
            6 => $"t:or_c({Signed()},{Verify()})",
            7 => $"thresh({1 + Below(3)},{Signed()},s:pk({key()}),s:pk({key()}))",
            _ => $"and_n({Signed()},{Inner()})",
        };
    }

    // Wrappers stand before one colon.
    private static string Wrapped(string letter, string inner) =>
        Expression().Match(inner).Groups[1].Success ? letter + inner : $"{letter}:{inner}";

    private string Leaf(Func<string> key, bool tapscript) => Below(8) switch
    {
        0 => $"older({Number(1, 65_536)})",
        1 => $"after({Number(1, int.MaxValue)})",
        2 => $"{OneOf("sha256", "hash256")}({Hex.Encode(Bytes(32))})",
        3 => $"{OneOf("ripemd160", "hash160")}({Hex.Encode(Bytes(20))})",
        4 => $"{(tapscript ? "multi_a" : "multi")}({1 + Below(2)},{key()},{key()})",
        5 => $"pkh({key()})",
        _ => $"pk({key()})",
    };

    // Where an expression begins; the group holds the wrappers that it has already.
    [GeneratedRegex("(?<=^|[(,])(?=([asctdvjnlu]+:)|[a-z_0-9]+[(]|[01](?:[,)]|$))")]
    private static partial Regex Expression();

    private string Number(long least, long limit) =>
        _random.NextInt64(least, limit).ToString(CultureInfo.InvariantCulture);
}
