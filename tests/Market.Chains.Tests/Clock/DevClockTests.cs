using Market.Chains.Clock;

namespace Market.Chains.Tests.Clock;

public sealed class DevClockTests
{
    [Fact]
    public void Moves_with_the_file_and_not_without_it()
    {
        using var folder = new TempFolder();
        var clock = new DevClock(folder["clock"]);
        Assert.Equal(TimeSpan.Zero, clock.Offset);
        clock.Set(TimeSpan.FromHours(3));
        Assert.Equal(TimeSpan.FromHours(3), clock.Offset);
        var ahead = clock.GetUtcNow() - TimeProvider.System.GetUtcNow();
        Assert.InRange(ahead, TimeSpan.FromHours(2.9), TimeSpan.FromHours(3.1));
        clock.Set(TimeSpan.FromSeconds(-12.5));
        Assert.Equal(TimeSpan.FromSeconds(-12.5), clock.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("1e400")]
    public void Counts_nonsense_as_nought(string text)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["clock"], text);
        Assert.Equal(TimeSpan.Zero, new DevClock(folder["clock"]).Offset);
    }
}
