namespace Market.Hashing.Tests;

public sealed class KernelTests
{
    public static TheoryData<HashKernel> Kernels => [.. HashKernels.All];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Headers_hash_like_the_framework_in_every_batch_size(HashKernel kernel)
    {
        for (int count = 0; count <= 70; count++)
        {
            byte[] headers = TestBytes.Random(count, 80 * count);
            byte[] hashes = TestBytes.Random(1, 32 * count + 32);
            byte[] guard = hashes[(32 * count)..];
            HeaderHasher.HashMany(headers, hashes, kernel);

            for (int i = 0; i < count; i++)
            {
                Assert.Equal(TestBytes.DoubleHash(headers.AsSpan(80 * i, 80)), hashes[(32 * i)..(32 * i + 32)]);
            }

            Assert.Equal(guard, hashes[(32 * count)..]);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Pairs_hash_like_the_framework_in_every_batch_size(HashKernel kernel)
    {
        for (int count = 0; count <= 70; count++)
        {
            byte[] pairs = TestBytes.Random(count, 64 * count);
            byte[] hashes = TestBytes.Random(1, 32 * count + 32);
            byte[] guard = hashes[(32 * count)..];
            MerkleHasher.HashLevel(pairs, hashes, kernel);

            for (int i = 0; i < count; i++)
            {
                Assert.Equal(TestBytes.DoubleHash(pairs.AsSpan(64 * i, 64)), hashes[(32 * i)..(32 * i + 32)]);
            }

            Assert.Equal(guard, hashes[(32 * count)..]);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_alignment_gives_the_same_hashes(HashKernel kernel)
    {
        const int Count = 19;
        byte[] data = TestBytes.Random(5, 80 * Count);
        byte[] headerHashes = new byte[32 * Count];
        byte[] pairHashes = new byte[32 * Count];
        HeaderHasher.HashMany(data, headerHashes, HashKernel.Scalar);
        MerkleHasher.HashLevel(data.AsSpan(0, 64 * Count), pairHashes, HashKernel.Scalar);
        byte[] room = GC.AllocateArray<byte>(data.Length + 64, pinned: true);
        byte[] output = GC.AllocateArray<byte>(32 * Count + 64, pinned: true);
        for (int alignment = 0; alignment < 64; alignment++)
        {
            Span<byte> input = room.AsSpan(alignment, data.Length);
            Span<byte> hashes = output.AsSpan(63 - alignment, 32 * Count);
            data.CopyTo(input);
            HeaderHasher.HashMany(input, hashes, kernel);
            Assert.Equal(headerHashes, hashes);
            MerkleHasher.HashLevel(input[..(64 * Count)], hashes, kernel);
            Assert.Equal(pairHashes, hashes);
            MerkleHasher.HashLevel(input[..(64 * Count)], input, kernel);
            Assert.Equal(pairHashes, input[..(32 * Count)]);
        }
    }

    [Fact]
    public void Refuses_pieces_and_too_little_room()
    {
        Assert.Throws<ArgumentException>(() => HeaderHasher.HashMany(new byte[79], new byte[64]));
        Assert.Throws<ArgumentException>(() => HeaderHasher.HashMany(new byte[160], new byte[63]));
        Assert.Throws<ArgumentException>(() => MerkleHasher.HashLevel(new byte[65], new byte[64]));
        Assert.Throws<ArgumentException>(() => MerkleHasher.HashLevel(new byte[128], new byte[63]));
        Assert.Throws<ArgumentException>(() => MerkleHasher.ComputeRoot(new byte[33], new byte[32], out _));
        Assert.Throws<ArgumentException>(() => MerkleHasher.ComputeRoot(new byte[32], new byte[31], out _));
    }
}
