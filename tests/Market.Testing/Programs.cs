using System.Diagnostics;

namespace Market.Testing;

/// <summary>Runs other programs to their end.</summary>
public static class Programs
{
    /// <summary>What a program printed; a failed assertion where it did not end with 0 in time.</summary>
    public static async Task<string> RunAsync(string program, string[] arguments, string folder, TimeSpan atMost)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = new CancellationTokenSource(atMost);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await output} {await error}");
        return await output;
    }
}
