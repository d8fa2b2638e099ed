namespace Market.Testing;

/// <summary>
/// Runs the bots of tests/Market.Api.Tests/bot as somebody else would: in a folder of their own, with what npm brings.
/// </summary>
public static class NodeBots
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(4);

    /// <summary>What the bot printed; a failed assertion where it did not end with 0 in time.</summary>
    public static async Task<string> RunAsync(string script, TimeSpan limit, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("market-bot-").FullName;
        try
        {
            foreach (var file in Directory.GetFiles(Path.Combine(Vectors.RepositoryRoot, "tests/Market.Api.Tests/bot")))
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
