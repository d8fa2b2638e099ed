using System.Security.Cryptography;
using System.Text;

namespace Market.Hashing.Tests;

public sealed class OneMessageTests
{
    public static TheoryData<int> Lengths()
    {
        TheoryData<int> lengths = [];
        for (int length = 0; length <= 260; length++) lengths.Add(length);
        lengths.Add(1000);
        lengths.Add(100_001);
        return lengths;
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Hashes_like_the_framework(int length)
    {
        byte[] data = TestBytes.Random(length, length);
        byte[] hash = new byte[32];

        Sha256Hash.Hash(data, hash);
        Assert.Equal(SHA256.HashData(data), hash);

        Sha256d.Hash(data, hash);
        Assert.Equal(TestBytes.DoubleHash(data), hash);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Hashes_pieces_like_the_whole(int length)
    {
        byte[] data = TestBytes.Random(length, length);
        Random cuts = new(length);
        byte[] hash = new byte[32];
        for (int round = 0; round < 5; round++)
        {
            Sha256Hasher hasher = default;
            for (int at = 0; at < length;)
            {
                int take = Math.Min(cuts.Next(0, 150), length - at);
                hasher.Append(data.AsSpan(at, take));
                at += take;
            }

            hasher.Finish(hash);
            Assert.Equal(SHA256.HashData(data), hash);
            hasher.FinishDouble(hash);
            Assert.Equal(TestBytes.DoubleHash(data), hash);

            int cut = cuts.Next(0, length + 1);
            Sha256d.Hash(data.AsSpan(0, cut), data.AsSpan(cut), hash);
            Assert.Equal(TestBytes.DoubleHash(data), hash);
        }
    }

    [Fact]
    public void Goes_on_from_a_midstate()
    {
        byte[] data = TestBytes.Random(1, 500);
        byte[] hash = new byte[32];
        Sha256Midstate midstate = Sha256Midstate.After(data.AsSpan(0, 64)).Then(data.AsSpan(64, 128));
        Sha256Hasher hasher = new(midstate);
        hasher.Append(data.AsSpan(192));
        hasher.Finish(hash);

        Assert.Equal(SHA256.HashData(data), hash);
        Assert.Equal(3, midstate.Blocks);
        Assert.Equal(500, hasher.Length);
        Assert.Equal(midstate, Sha256Midstate.After(data.AsSpan(0, 192)));
        Assert.NotEqual(midstate, Sha256Midstate.After(data.AsSpan(64, 192)));
    }

    [Fact]
    public void Starts_from_the_default_midstate_as_from_nothing()
    {
        byte[] hash = new byte[32];
        new Sha256Hasher(default(Sha256Midstate)).Finish(hash);
        Assert.Equal(SHA256.HashData([]), hash);
        uint[] words = new uint[8];
        default(Sha256Midstate).CopyWords(words);
        Assert.Equal(0x6a09e667u, words[0]);
    }

    [Fact]
    public void A_copied_hasher_goes_its_own_way()
    {
        Sha256Hasher first = default;
        first.Append("abc"u8);
        Sha256Hasher second = first;
        second.Append("def"u8);
        byte[] hash = new byte[32];
        first.Finish(hash);
        Assert.Equal(SHA256.HashData("abc"u8), hash);
        second.Finish(hash);
        Assert.Equal(SHA256.HashData("abcdef"u8), hash);
    }

    [Theory]
    [InlineData("TapLeaf")]
    [InlineData("BIP0340/challenge")]
    [InlineData("")]
    public void Tags_as_bip340_says(string tag)
    {
        byte[] tagHash = SHA256.HashData(Encoding.UTF8.GetBytes(tag));
        byte[] data = TestBytes.Random(3, 97);
        byte[] expected = SHA256.HashData([.. tagHash, .. tagHash, .. data]);
        byte[] hash = new byte[32];

        TaggedHash.Hash(tag, data, hash);
        Assert.Equal(expected, hash);
        TaggedHash.Hash(Encoding.UTF8.GetBytes(tag), data, hash);
        Assert.Equal(expected, hash);

        TaggedHasher tagged = new(tag);
        tagged.Hash(data.AsSpan(0, 40), data.AsSpan(40), hash);
        Assert.Equal(expected, hash);
        Sha256Hasher pieces = tagged.Begin();
        pieces.Append(data.AsSpan(0, 1));
        pieces.Append(data.AsSpan(1));
        pieces.Finish(hash);
        Assert.Equal(expected, hash);
    }

    [Fact]
    public void Hashes_in_place()
    {
        byte[] data = TestBytes.Random(4, 300);
        byte[] expected = TestBytes.DoubleHash(data);
        Sha256d.Hash(data, data);
        Assert.Equal(expected, data[..32]);
    }

    [Fact]
    public void Refuses_too_little_room()
    {
        Assert.Throws<ArgumentException>(() => Sha256Hash.Hash([], new byte[31]));
        Assert.Throws<ArgumentException>(() => Sha256d.Hash([], new byte[31]));
        Assert.ThrowsAny<ArgumentException>(() => default(Sha256Hasher).Finish(new byte[31]));
        Assert.Throws<ArgumentException>(() => Sha256Midstate.After(new byte[65]));
    }
}
