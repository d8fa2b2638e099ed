using System.Runtime.CompilerServices;

namespace Market.Testing;

/// <summary>Finds the test vectors of Bitcoin Core and the BIPs, which are not part of the project.</summary>
public static class Vectors
{
    /// <summary>The repository's root folder.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The path of a vector file, such as "core/sighash.json"; skips the running test where it is absent.</summary>
    public static string Require(string relativePath)
    {
        var folder = Environment.GetEnvironmentVariable("MARKET_VECTORS")
            ?? Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", "vectors"));
        var path = Path.Combine(folder, relativePath);
        Assert.SkipUnless(
            File.Exists(path), $"{relativePath} is absent: set MARKET_VECTORS to a folder that holds the vectors.");
        return path;
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // The binaries may run from a copy: look upwards from them first, then from where this file was compiled.
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Market.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("Market.sln is in no folder above the tests.");
    }
}
