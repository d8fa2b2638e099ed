namespace Market.Hashing.Tests;

public sealed class AllocationTests
{
    public static TheoryData<HashKernel> Kernels => [.. HashKernels.All];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Batches_allocate_nothing(HashKernel kernel)
    {
        byte[] data = TestBytes.Random(1, 80 * 37);
        byte[] hashes = new byte[32 * 37];
        byte[] root = new byte[32];
        byte[] target = TestBytes.Random(2, 32);
        uint[] nonces = new uint[100];
        uint[] versions = [1, 2, 3, 4];
        VersionedNonce[] versioned = new VersionedNonce[400];
        HashMessage[] messages = [.. Enumerable.Range(0, 37).Select(i => new HashMessage(i, 60 * i))];

        AllocatesNothing(() => HeaderHasher.HashMany(data, hashes, kernel));
        AllocatesNothing(() => MerkleHasher.HashLevel(data.AsSpan(0, 64 * 37), hashes, kernel));
        AllocatesNothing(() => MerkleHasher.ComputeRoot(hashes, root, out _, kernel));
        AllocatesNothing(() => NonceScanner.Scan(data.AsSpan(0, 80), 7, 100, target, nonces, kernel));
        AllocatesNothing(() => NonceScanner.ScanVersions(
            data.AsSpan(0, 80), versions, 7, 100, target, versioned, kernel));
        AllocatesNothing(() => BatchHasher.Hash(data, messages, hashes, kernel));
    }

    [Fact]
    public void Single_messages_allocate_nothing()
    {
        byte[] data = TestBytes.Random(3, 1000);
        byte[] hash = new byte[32];
        TaggedHasher tagged = new("TapLeaf");

        AllocatesNothing(() => Sha256Hash.Hash(data, hash));
        AllocatesNothing(() => Sha256d.Hash(data, hash));
        AllocatesNothing(() => Sha256d.Hash(data.AsSpan(0, 50), hash));
        AllocatesNothing(() => tagged.Hash(data, hash));
        AllocatesNothing(() => TaggedHash.Hash("TapLeaf"u8, data, hash));
        AllocatesNothing(() =>
        {
            Sha256Hasher hasher = new(Sha256Midstate.After(data.AsSpan(0, 64)));
            hasher.Append(data);
            hasher.FinishDouble(hash);
        });
    }

    private static void AllocatesNothing(Action action)
    {
        // The runtime compiles and fills its caches during the first calls; a call that allocates does so in each.
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
