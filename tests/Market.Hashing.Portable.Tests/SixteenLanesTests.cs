namespace Market.Hashing.Tests;

/// <summary>Beside this stand the tests of Market.Hashing.Tests, on the library compiled for portable 512-bit vectors.</summary>
public sealed class SixteenLanesTests
{
    [Fact]
    public void The_512_bit_kernel_is_the_one_that_is_tested()
    {
        Assert.Equal(typeof(SixteenLanesTests).Assembly, typeof(HashKernels).Assembly);
        Assert.Equal(HashKernel.Avx512BW, HashKernels.Active);
        Assert.Equal(16, HashKernels.Lanes(HashKernel.Avx512BW));
    }
}
