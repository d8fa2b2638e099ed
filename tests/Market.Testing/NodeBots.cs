namespace Market.Testing;

/// <summary>
/// Runs bots in Node as somebody else would: in a folder of their own, with what npm brings.
/// </summary>
public static class NodeBots
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(4);

    /// <summary>What a bot of tests/Market.Api.Tests/bot printed; a failed assertion where it did not end with 0 in time.</summary>
    public static Task<string> RunAsync(string script, TimeSpan limit, params string[] arguments) =>
        RunInAsync("tests/Market.Api.Tests/bot", script, limit, arguments);

    /// <summary>The same of a script of another folder, named from the top of the repository; its subfolders stay where they
    /// are.</summary>
    public static async Task<string> RunInAsync(string home, string script, TimeSpan limit, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("market-bot-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(Path.Combine(Vectors.RepositoryRoot, home)))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            await Programs.RunAsync("npm", ["ci", "--silent"], folder, InstallLimit);
            return await Programs.RunAsync("node", [script, .. arguments], folder, limit);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
