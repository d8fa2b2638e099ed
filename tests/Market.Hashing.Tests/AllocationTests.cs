using Market.Testing;

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

        Allocations.None(() => HeaderHasher.HashMany(data, hashes, kernel));
        Allocations.None(() => MerkleHasher.HashLevel(data.AsSpan(0, 64 * 37), hashes, kernel));
        Allocations.None(() => MerkleHasher.ComputeRoot(hashes, root, out _, kernel));
        Allocations.None(() => NonceScanner.Scan(data.AsSpan(0, 80), 7, 100, target, nonces, kernel));
        Allocations.None(() => NonceScanner.ScanVersions(
            data.AsSpan(0, 80), versions, 7, 100, target, versioned, kernel));
        Allocations.None(() => BatchHasher.Hash(data, messages, hashes, kernel));
    }

    [Fact]
    public void Single_messages_allocate_nothing()
    {
        byte[] data = TestBytes.Random(3, 1000);
        byte[] hash = new byte[32];
        TaggedHasher tagged = new("TapLeaf");

        Allocations.None(() => Sha256Hash.Hash(data, hash));
        Allocations.None(() => Sha256d.Hash(data, hash));
        Allocations.None(() => Sha256d.Hash(data.AsSpan(0, 50), hash));
        Allocations.None(() => tagged.Hash(data, hash));
        Allocations.None(() => TaggedHash.Hash("TapLeaf"u8, data, hash));
        Allocations.None(() =>
        {
            Sha256Hasher hasher = new(Sha256Midstate.After(data.AsSpan(0, 64)));
            hasher.Append(data);
            hasher.FinishDouble(hash);
        });
    }
}
