using System.Diagnostics;

namespace Market.Hashing.Tests;

public sealed class ActiveKernelTests
{
    private const string ExpectedKernel = "MARKET_EXPECTED_KERNEL";

    [Fact]
    public void The_active_kernel_is_the_fastest_supported()
    {
        HashKernel active = HashKernels.Active;
        Assert.True(HashKernels.IsSupported(active));
        foreach (HashKernel kernel in HashKernels.All)
        {
            if (kernel == active) break;
            Assert.False(HashKernels.IsSupported(kernel), $"{kernel} is faster than {active} and supported.");
        }

        string? expected = Environment.GetEnvironmentVariable(ExpectedKernel);
        if (expected is not null) Assert.Equal(expected, active.ToString());
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", HashKernel.Avx2)]
    [InlineData("DOTNET_EnableAVX2", HashKernel.Scalar)]
    public void The_runtimes_switches_choose_the_kernel(string variable, HashKernel expected)
    {
        Assert.SkipUnless(HashKernels.IsSupported(HashKernel.Avx2), "The processor has no AVX2.");
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.ArgumentList.Add("-method");
        start.ArgumentList.Add($"*.{nameof(The_active_kernel_is_the_fastest_supported)}");
        start.Environment[variable] = "0";
        start.Environment[ExpectedKernel] = expected.ToString();
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();

        Assert.True(child.ExitCode == 0, output);
        Assert.Contains("Total: 1,", output);
    }
}
