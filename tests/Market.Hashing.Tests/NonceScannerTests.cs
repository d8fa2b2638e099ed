using System.Buffers.Binary;
using System.Numerics;

namespace Market.Hashing.Tests;

public sealed class NonceScannerTests
{
    // About one hash in 16 passes: groups with no, one and several results.
    private static readonly byte[] EasyTarget = Target(BigInteger.One << 252);

    public static TheoryData<HashKernel> Kernels => [.. HashKernels.All];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Finds_exactly_what_brute_force_finds(HashKernel kernel)
    {
        for (int count = 0; count <= 70; count++)
        {
            byte[] header = TestBytes.Random(count, 80);
            uint start = (uint)(count * 0x01234567L);
            uint[] expected = BruteForce(header, start, count, EasyTarget);
            uint[] results = new uint[count + 1];
            ScanResult result = NonceScanner.Scan(header, start, count, EasyTarget, results, kernel);

            Assert.Equal(expected, results[..result.Found]);
            Assert.Equal(count, result.Scanned);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_hash_equal_to_the_target_is_found_and_one_above_is_not(HashKernel kernel)
    {
        byte[] header = TestBytes.Random(77, 80);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(76), 41);
        byte[] hash = TestBytes.DoubleHash(header);
        uint[] results = new uint[100];
        Assert.Contains(41u, Found(hash));

        byte[] below = Target(new BigInteger(hash, isUnsigned: true) - 1);
        Assert.DoesNotContain(41u, Found(below));

        uint[] Found(byte[] target) =>
            results[..NonceScanner.Scan(header, 30, 20, target, results, kernel).Found];
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Reaches_the_last_nonce_and_not_beyond(HashKernel kernel)
    {
        byte[] header = TestBytes.Random(9, 80);
        byte[] target = Enumerable.Repeat((byte)0xff, 32).ToArray();
        uint[] results = new uint[64];
        ScanResult result = NonceScanner.Scan(header, uint.MaxValue - 20, 21, target, results, kernel);

        Assert.Equal(21, result.Found);
        Assert.Equal(uint.MaxValue - 20, results[0]);
        Assert.Equal(uint.MaxValue, results[20]);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Stops_when_results_are_full_and_says_how_far_it_came(HashKernel kernel)
    {
        byte[] header = TestBytes.Random(10, 80);
        uint[] all = BruteForce(header, 1000, 500, EasyTarget);
        List<uint> found = [];
        uint[] results = new uint[3];
        long done = 0;
        while (done < 500)
        {
            ScanResult result = NonceScanner.Scan(
                header, (uint)(1000 + done), 500 - done, EasyTarget, results, kernel);
            found.AddRange(results[..result.Found]);
            done += result.Scanned;
            Assert.True(result.Scanned > 0);
        }

        Assert.Equal(all, found);
        Assert.Equal(500, done);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Finds_the_genesis_block(HashKernel kernel)
    {
        byte[] header = Convert.FromHexString(
            "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e"
            + "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c");
        byte[] target = Target(new BigInteger(0xffff) << 208);
        uint[] results = new uint[4];
        ScanResult result = NonceScanner.Scan(header, 2083236893 - 700, 1500, target, results, kernel);

        Assert.Equal(1, result.Found);
        Assert.Equal(2083236893u, results[0]);
        Assert.Equal(1500, result.Scanned);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Finds_under_every_version_what_brute_force_finds(HashKernel kernel)
    {
        for (int versions = 1; versions <= NonceScanner.MaxVersions; versions++)
        {
            byte[] header = TestBytes.Random(versions, 80);
            uint[] rolled = [.. Enumerable.Range(0, versions).Select(i => 0x20000000u | (uint)i << 13)];
            int count = 40 + versions;
            VersionedNonce[] expected = BruteForce(header, rolled, 5_000_000, count, EasyTarget);
            VersionedNonce[] results = new VersionedNonce[count * versions + 1];
            ScanResult result = NonceScanner.ScanVersions(
                header, rolled, 5_000_000, count, EasyTarget, results, kernel);

            Assert.Equal(expected, results[..result.Found]);
            Assert.Equal(count, result.Scanned);
            VersionedNonce[] first = new VersionedNonce[2];
            result = NonceScanner.ScanVersions(header, rolled, 5_000_000, count, EasyTarget, first, kernel);
            Assert.Equal(expected.Take(2), first[..result.Found]);
            if (result.Found == 2) Assert.Equal(expected[1].Nonce - 5_000_000 + 1, result.Scanned);
        }
    }

    [Fact]
    public void Refuses_wrong_lengths_and_ranges()
    {
        byte[] header = new byte[80];
        uint[] results = new uint[1];
        Assert.Throws<ArgumentException>(() => NonceScanner.Scan(new byte[79], 0, 1, EasyTarget, results));
        Assert.Throws<ArgumentException>(() => NonceScanner.Scan(header, 0, 1, new byte[31], results));
        Assert.Throws<ArgumentOutOfRangeException>(() => NonceScanner.Scan(header, 0, -1, EasyTarget, results));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => NonceScanner.Scan(header, 1, 1L << 32, EasyTarget, results));
        Assert.Throws<ArgumentException>(
            () => NonceScanner.ScanVersions(header, [], 0, 1, EasyTarget, new VersionedNonce[1]));
        Assert.Throws<ArgumentException>(() => NonceScanner.ScanVersions(
            header, new uint[NonceScanner.MaxVersions + 1], 0, 1, EasyTarget, new VersionedNonce[1]));
        Assert.Equal(default, NonceScanner.Scan(header, 0, 10, EasyTarget, []));
    }

    private static uint[] BruteForce(byte[] header, uint start, int count, byte[] target)
    {
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header);
        return [.. BruteForce(header, [version], start, count, target).Select(found => found.Nonce)];
    }

    private static VersionedNonce[] BruteForce(byte[] header, uint[] versions, uint start, int count, byte[] target)
    {
        BigInteger limit = new(target, isUnsigned: true);
        byte[] copy = [.. header];
        List<VersionedNonce> found = [];
        for (int i = 0; i < count; i++)
        {
            foreach (uint version in versions)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(copy, version);
                BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(76), start + (uint)i);
                if (new BigInteger(TestBytes.DoubleHash(copy), isUnsigned: true) > limit) continue;
                found.Add(new VersionedNonce(version, start + (uint)i));
            }
        }

        return [.. found];
    }

    private static byte[] Target(BigInteger value)
    {
        byte[] target = new byte[32];
        value.TryWriteBytes(target, out _, isUnsigned: true);
        return target;
    }
}
