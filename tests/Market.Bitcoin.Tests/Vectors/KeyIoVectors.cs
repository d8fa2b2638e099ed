using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests;

/// <summary>Bitcoin Core's key_io_valid.json, key_io_invalid.json and base58_encode_decode.json.</summary>
public sealed class KeyIoVectors
{
    private static readonly Network[] All = [Network.Mainnet, Network.Testnet, Network.Signet, Network.Regtest];

    [Fact]
    public void Every_valid_key_and_address_reads_and_writes_the_same()
    {
        var rows = Rows("core/key_io_valid.json");
        foreach (var row in rows)
        {
            var (text, hex, facts) = (row[0].GetString()!, row[1].GetString()!, row[2]);
            var network = NetworkOf(facts.GetProperty("chain").GetString()!);
            if (facts.GetProperty("isPrivkey").GetBoolean())
            {
                CheckKey(text, hex, network, facts.GetProperty("isCompressed").GetBoolean());
                continue;
            }

            Assert.True(BitcoinAddress.TryParse(text, network, out var address, out var error), $"{text}: {error}");
            Assert.Equal(hex, address.ScriptPubKey.ToString());
            var canonical = BitcoinAddress.FromScript(Script.FromHex(hex), network).ToString();
            Assert.Equal(text, canonical);
            if (facts.TryGetProperty("tryCaseFlip", out var flip) && flip.GetBoolean())
            {
                var flipped = string.Concat(
                    text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));
                Assert.Equal(address, BitcoinAddress.Parse(flipped, network));
            }
        }

        Assert.Equal(70, rows.Count);
    }

    [Fact]
    public void Every_invalid_key_or_address_is_refused_on_every_network()
    {
        var rows = Rows("core/key_io_invalid.json");
        foreach (var text in rows.Select(row => row[0].GetString()))
        {
            foreach (var network in All)
            {
                Assert.False(BitcoinAddress.TryParse(text, network, out _, out var error), text);
                Assert.NotEqual(AddressError.None, error);
                Assert.False(Wif.TryDecode(text, network, out _, out _), text);
            }
        }

        Assert.Equal(70, rows.Count);
    }

    [Fact]
    public void Every_base58_vector_encodes_and_decodes()
    {
        var rows = Rows("core/base58_encode_decode.json");
        foreach (var row in rows)
        {
            var (hex, text) = (row[0].GetString()!, row[1].GetString()!);
            Assert.Equal(text, Base58.Encode(Hex.Decode(hex)));
            Assert.True(Base58.TryDecode(text, out var bytes));
            Assert.Equal(hex, Hex.Encode(bytes), ignoreCase: true);
        }

        Assert.True(rows.Count >= 14);
    }

    private static void CheckKey(string text, string hex, Network network, bool isCompressed)
    {
        Assert.True(Wif.TryDecode(text, network, out var key, out var compressed), text);
        using (key)
        {
            var secret = new byte[32];
            key.ExportTo(secret);
            Assert.Equal(hex, Hex.Encode(secret));
            Assert.Equal(isCompressed, compressed);
            Assert.Equal(text, Wif.Encode(key, network, compressed));
            Assert.DoesNotContain(hex, key.ToString());
        }
    }

    private static Network NetworkOf(string chain) => chain switch
    {
        "main" => Network.Mainnet,
        "regtest" => Network.Regtest,
        "signet" => Network.Signet,
        "test" or "testnet4" => Network.Testnet,
        _ => throw new InvalidOperationException(chain),
    };

    private static List<JsonElement> Rows(string path) =>
        [.. JsonDocument.Parse(File.ReadAllText(Testing.Vectors.Require(path))).RootElement.EnumerateArray()];
}
