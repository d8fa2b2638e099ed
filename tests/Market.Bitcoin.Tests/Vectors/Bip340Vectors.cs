using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Tests;

/// <summary>BIP340's bip340_test_vectors.csv: signing and verification.</summary>
public sealed class Bip340Vectors
{
    [Fact]
    public void Every_vector_signs_and_verifies_as_stated()
    {
        var rows = File.ReadAllLines(Testing.Vectors.Require("core/bip340_test_vectors.csv")).Skip(1)
            .Where(line => line.Length > 0).Select(line => line.Split(',')).ToList();
        foreach (var row in rows)
        {
            var (publicKey, message) = (Hex.Decode(row[2]), Hex.Decode(row[4]));
            var signature = Hex.Decode(row[5]);
            Assert.Equal(row[6] == "TRUE", Curve.VerifySchnorr(publicKey, message, signature));
            if (row[1].Length == 0)
            {
                continue;
            }

            using var key = PrivateKey.Create(Hex.Decode(row[1]));
            Assert.Equal(row[2], key.PublicKey.XOnly.ToString(), ignoreCase: true);
            Assert.Equal(row[5], key.SignSchnorr(message, Hex.Decode(row[3])).ToString(), ignoreCase: true);
        }

        Assert.Equal(19, rows.Count);
    }
}
