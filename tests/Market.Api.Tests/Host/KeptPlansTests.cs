using Market.Api.Data;
using Npgsql;

namespace Market.Api.Tests.Host;

public sealed class KeptPlansTests
{
    [Theory]
    [InlineData("Host=a", Database.KeptPlans)]
    [InlineData("Host=a;Max Auto Prepare=0", 0)]
    [InlineData("Host=a;maxautoprepare=5", 5)]
    public void Statements_are_planned_once_unless_the_connection_string_says_otherwise(string given, int kept)
    {
        var works = new NpgsqlConnectionStringBuilder(Database.WithPlans(given));
        Assert.Equal(kept, works.MaxAutoPrepare);
        Assert.Equal("a", works.Host);
    }
}
