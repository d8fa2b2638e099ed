using Market.Chains.Victim;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Storage;

/// <summary>A process that mines both chains is killed at some moment, again and again; `market simulate node` runs longer.
/// </summary>
public sealed class KillTests(TestPostgres postgres)
{
    private const int Rounds = 8;
    private const int Seed = 20_261_128;

    [Theory]
    [InlineData("file")]
    [InlineData("postgres")]
    public async Task Opens_at_the_last_whole_block_after_every_kill(string kind)
    {
        using var folder = new TempFolder();
        var place = kind == "file" ? folder.Path : await postgres.NewDatabaseAsync();
        var report = await new KillLoop(kind, Seed).RunAsync(Rounds, _ => Task.FromResult(place));
        Assert.Empty(report.Faults);
        Assert.Equal((Rounds, Rounds, 1), (report.Kills, report.Opened, report.Validated));
        Assert.True(report.Acknowledged >= Rounds);
    }
}
