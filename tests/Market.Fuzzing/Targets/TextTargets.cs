using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;

namespace Market.Fuzzing;

/// <summary>Texts that people write: addresses, phrases, keys, paths. Bytes stand for the first 256 characters.</summary>
internal static class TextTargets
{
    private const string Bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const string Base58Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private static readonly AllocationBound Bound = new(16 * 1024, 64);

    public static FuzzTarget Address { get; } = FuzzTarget.Of(
        "address", "BitcoinAddress.TryParse on every network (base58check, BIP173, BIP350)",
        Bound,
        (byte[] input, out List<BitcoinAddress> value, out int error) =>
        {
            var text = Text(input);
            (value, error) = ([], 0);
            foreach (var network in RandomValues.Networks)
            {
                if (BitcoinAddress.TryParse(text, network, out var address, out var why))
                {
                    value.Add(address);
                }

                error = error * 8 + (int)why;
            }

            return value.Count > 0;
        },
        CheckAddress,
        values => Bytes(
            BitcoinAddress.FromScript(values.AddressScript(), values.OneOf([.. RandomValues.Networks])).ToString()),
        [.. Words("bc1", "tb1", "bcrt1", "shr1", "dshr1", "BC1", "1", "3", "m", "n", "2", "q", "p")],
        Repair);

    public static FuzzTarget Mnemonic { get; } = FuzzTarget.Of(
        "mnemonic", "Mnemonic.TryParse (BIP39)",
        Bound,
        (byte[] input, out Mnemonic? value, out int error) =>
        {
            var accepted = Bitcoin.Wallet.Mnemonic.TryParse(Text(input), out value, out var why);
            error = (int)why;
            return accepted;
        },
        (input, value) =>
        {
            var again = Bitcoin.Wallet.Mnemonic.FromEntropy(value!.ToEntropy()).Reveal();
            Promise.Holds(again == value.Reveal(), "a phrase holds its entropy");
            var words = Text(input).ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            Promise.Holds(again == string.Join(' ', words), "a phrase is written as it was read");
            return Shape.Of(100, value.WordCount);
        },
        values => Bytes(values.Mnemonic().Reveal()),
        [.. Words(" ", "  ", "\t", "abandon ", "zoo ", "about", "ZOO "), [0xa0], [0x85]]);

    public static FuzzTarget ExtendedKey { get; } = FuzzTarget.Of(
        "extended-key", "ExtendedPublicKey.TryParse and ExtendedPrivateKey.TryParse (BIP32)",
        Bound,
        (byte[] input, out (ExtendedPublicKey? Public, ExtendedPrivateKey? Private, Network Network) value, out int error) =>
        {
            (value, error) = (default, 0);
            var text = Text(input);
            foreach (var network in new[] { Network.Mainnet, Network.Regtest })
            {
                if (ExtendedPublicKey.TryParse(text, network, out var open))
                {
                    value = (open, null, network);
                }
                else if (ExtendedPrivateKey.TryParse(text, network, out var secret))
                {
                    value = (null, secret, network);
                }
            }

            return value.Network is not null;
        },
        (input, value) =>
        {
            var (open, secret, network) = value;
            var again = open is not null ? open.ToText(network) : secret!.ToSecretText(network);
            Promise.Holds(again == Text(input), "an extended key is written as it was read");
            open ??= secret!.ToPublic();
            if (secret is not null && secret.Depth < byte.MaxValue)
            {
                using var child = secret.Derive(7);
                Promise.Holds(child.ToPublic().Equals(open.Derive(7)), "public and private derivation agree");
            }

            var features = Shape.Of(
                100, Shape.Bit(secret is null), Shape.Size(open.Depth), Shape.Bit(network == Network.Mainnet),
                Shape.Size(open.Index));
            secret?.Dispose();
            return features;
        },
        values =>
        {
            using var key = values.ExtendedKey();
            var network = values.OneOf(Network.Mainnet, Network.Regtest);
            return Bytes(values.Chance(2) ? key.ToPublicText(network) : key.ToSecretText(network));
        },
        [.. Words("xpub", "xprv", "tpub", "tprv", "1")],
        Repair);

    public static FuzzTarget Secret { get; } = FuzzTarget.Of(
        "wif", "Wif.TryDecode",
        Bound,
        (byte[] input, out (PrivateKey? Key, bool Compressed, Network Network) value, out int error) =>
        {
            (value, error) = (default, 0);
            foreach (var network in new[] { Network.Mainnet, Network.Regtest })
            {
                if (Wif.TryDecode(Text(input), network, out var key, out var compressed))
                {
                    value = (key, compressed, network);
                }
            }

            return value.Key is not null;
        },
        (input, value) =>
        {
            using var key = value.Key!;
            Promise.Holds(
                Wif.Encode(key, value.Network, value.Compressed) == Text(input), "a secret is written as it was read");
            return Shape.Of(100, Shape.Bit(value.Compressed), Shape.Bit(value.Network == Network.Mainnet));
        },
        values =>
        {
            using var key = values.Key();
            return Bytes(Wif.Encode(key, values.OneOf(Network.Mainnet, Network.Regtest), values.Chance(2)));
        },
        [.. Words("5", "K", "L", "c", "9")],
        Repair);

    public static FuzzTarget Path { get; } = FuzzTarget.Of(
        "path", "KeyPath.TryParse (BIP32)",
        new AllocationBound(1024, 64),
        (byte[] input, out KeyPath? value, out int error) =>
        {
            error = 1;
            return KeyPath.TryParse(Text(input), out value);
        },
        (_, value) =>
        {
            Promise.Holds(
                KeyPath.TryParse(value!.ToString(), out var again) && again.Equals(value), "a path is read as it was written");
            return Shape.Of(100, Shape.Size(value.Indexes.Length), value.Indexes.Count(index => index >= KeyPath.Hardened) & 3);
        },
        values => Bytes(values.Path(20).ToString()),
        [.. Words("/", "m", "'", "h", "H", "2147483647", "2147483648", "4294967296", "-1", "+1", " ")]);

    public static string Text(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    public static byte[] Bytes(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    public static IEnumerable<byte[]> Words(params string[] words) => words.Select(Bytes);

    private static ulong CheckAddress(byte[] input, List<BitcoinAddress> addresses)
    {
        var text = Text(input);
        foreach (var address in addresses)
        {
            var exact = address.ToString() == text;
            var sameButCase = string.Equals(address.ToString(), text, StringComparison.OrdinalIgnoreCase);
            Promise.Holds(exact || (sameButCase && text == text.ToUpperInvariant()), "an address is written as it was read");
            Promise.Holds(
                BitcoinAddress.FromScript(address.ScriptPubKey, address.Network).Equals(address),
                "a script's address is the one it was read from");
        }

        return Shape.Of(
            100, addresses.Count, (int)addresses[0].ScriptPubKey.Kind, addresses[0].ScriptPubKey.Length,
            addresses[0].Network.Name.Length);
    }

    // Takes the text for bech32 or base58check, whichever it looks like, and computes its checksum.
    private static byte[] Repair(byte[] input)
    {
        var text = Text(input);
        var mark = text.LastIndexOf('1');
        var tail = text[(mark + 1)..];
        if (mark > 0 && tail.Length >= 6 && text.Length <= Bech32.MaxLength && tail.All(letter => Bech32Letters.Contains(letter))
            && text.AsSpan(0, mark).IndexOfAnyExceptInRange('!', '~') < 0 && !text.AsSpan(0, mark).ContainsAnyInRange('A', 'Z'))
        {
            var values = tail[..^6].Select(letter => (byte)Bech32Letters.IndexOf(letter)).ToArray();

            // One in four gets the other variant's checksum.
            var isOther = input[^1] % 4 == 0;
            var variant = values is [0, ..] != isOther ? Bech32Variant.Bech32 : Bech32Variant.Bech32m;
            return Bytes(Bech32.Encode(text[..mark], values, variant));
        }

        var kept = new string([.. text.Where(letter => Base58Letters.Contains(letter)).Take(Base58.MaxTextLength)]);
        return Base58.TryDecode(kept, out var bytes) && bytes.Length > 4 ? Bytes(Base58.EncodeCheck(bytes.AsSpan(..^4))) : input;
    }
}
