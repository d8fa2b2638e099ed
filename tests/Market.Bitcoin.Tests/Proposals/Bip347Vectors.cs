namespace Market.Bitcoin.Tests.Proposals;

/// <summary>BIP347's own vectors.</summary>
public sealed class Bip347Vectors
{
    [Fact]
    public void Every_row_ends_with_the_error_that_it_states()
    {
        var rows = ScriptVector.Read(Testing.Vectors.Require("bips/bip-0347/script_tests.json"));

        Assert.All(rows, row => Assert.Equal(row.Expected, ScriptVerifier.Verify(row.Spend(), 0, row.Flags)));
        Assert.Equal(3, rows.Count);
    }
}
