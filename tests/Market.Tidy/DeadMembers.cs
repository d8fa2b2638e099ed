using Market.Testing;

namespace Market.Tidy;

/// <summary>What nothing names is not there: looked up in all assemblies that the solution makes.</summary>
public sealed class DeadMembers
{
    private static readonly string Configuration =
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    [Fact]
    public void Every_member_of_src_is_named_somewhere()
    {
        var projects = SourceRules.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).ToList();
        var built = projects.Select(Assembly).ToList();
        Assert.SkipWhen(
            built.Any(path => path is null), "Not all of the solution is built: that is for the tests of all of it.");
        var declared = new List<MemberName>();
        var named = new HashSet<MemberName>();
        foreach (var (project, path) in projects.Zip(built))
        {
            using var scan = new AssemblyScan(path!);
            named.UnionWith(scan.Named());
            declared.AddRange(project.StartsWith("src/", StringComparison.Ordinal) ? scan.Declared() : []);
        }

        var dead = declared.Where(member => !named.Contains(member) && !DeadExceptions.Holds(member)).ToList();
        Assert.Empty(dead);
    }

    private static string? Assembly(string project)
    {
        var folder = Path.Combine(
            Vectors.RepositoryRoot, Path.GetDirectoryName(project)!, "bin", Configuration, "net10.0");
        var name = Path.GetFileNameWithoutExtension(project);
        return new[] { name, "market", "Market." + name }.Select(each => Path.Combine(folder, each + ".dll"))
            .FirstOrDefault(File.Exists);
    }
}
