namespace Market.Hashing.Tests;

public sealed class MerkleRootTests
{
    public static TheoryData<HashKernel> Kernels => [.. HashKernels.All];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_root_is_that_of_the_definition(HashKernel kernel)
    {
        for (int count = 0; count <= 70; count++)
        {
            byte[] leaves = TestBytes.Random(count, 32 * count);
            byte[] expected = RootByDefinition(Nodes(leaves));
            byte[] root = TestBytes.Random(1, 32);
            MerkleHasher.ComputeRoot(leaves, root, out bool mutated, kernel);

            Assert.Equal(expected, root);
            Assert.False(mutated);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Repeating_the_end_of_an_odd_level_keeps_the_root_and_is_seen(HashKernel kernel)
    {
        // 1, 2, 3 and 1, 2, 3, 3 have one root; so have 6 leaves and the last two of them again.
        foreach ((int count, int repeated) in new[] { (3, 1), (5, 1), (6, 2), (11, 1), (20, 4), (37, 1), (38, 2) })
        {
            byte[] leaves = TestBytes.Random(count, 32 * count);
            byte[] mutatedLeaves = [.. leaves, .. leaves[^(32 * repeated)..]];
            byte[] root = new byte[32];
            byte[] mutatedRoot = new byte[32];
            MerkleHasher.ComputeRoot(leaves, root, out bool isMutated, kernel);
            MerkleHasher.ComputeRoot(mutatedLeaves, mutatedRoot, out bool isSeen, kernel);

            Assert.Equal(root, mutatedRoot);
            Assert.False(isMutated);
            Assert.True(isSeen);
        }
    }

    [Fact]
    public void Equal_neighbours_of_different_pairs_are_no_mutation()
    {
        byte[] leaves = TestBytes.Random(8, 32 * 4);
        leaves.AsSpan(32, 32).CopyTo(leaves.AsSpan(64));
        MerkleHasher.ComputeRoot(leaves, new byte[32], out bool mutated);
        Assert.False(mutated);
    }

    [Fact]
    public void The_root_of_one_leaf_is_the_leaf_and_of_none_zero()
    {
        byte[] leaf = TestBytes.Random(2, 32);
        byte[] root = new byte[32];
        MerkleHasher.ComputeRoot([.. leaf], root, out bool mutated);
        Assert.Equal(leaf, root);
        Assert.False(mutated);
        MerkleHasher.ComputeRoot([], root, out mutated);
        Assert.Equal(new byte[32], root);
        Assert.False(mutated);
    }

    private static List<byte[]> Nodes(byte[] leaves) => [.. leaves.Chunk(32)];

    private static byte[] RootByDefinition(List<byte[]> level)
    {
        if (level.Count == 0) return new byte[32];
        while (level.Count > 1)
        {
            if (level.Count % 2 != 0) level.Add(level[^1]);
            level = [.. level.Chunk(2).Select(pair => TestBytes.DoubleHash([.. pair[0], .. pair[1]]))];
        }

        return level[0];
    }
}
