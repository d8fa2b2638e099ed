namespace Market.Bitcoin.Tests;

/// <summary>Rows of our own, so that a machine without Bitcoin Core's vectors still tests the interpreter.</summary>
public sealed class OwnScriptVectors
{
    [Fact]
    public void Every_row_ends_with_the_error_that_it_states()
    {
        var path = Path.Combine(
            Testing.Vectors.RepositoryRoot, "tests", "Market.Bitcoin.Tests", "Vectors", "own_script_vectors.json");
        var rows = ScriptVector.Read(path);
        var cache = new SignatureCache(new byte[32]);
        Assert.All(rows, row => Assert.Equal(row.Expected, ScriptVerifier.Verify(row.Spend(), 0, row.Flags, cache)));
        Assert.All(rows, row => Assert.Equal(row.Expected, ScriptVerifier.Verify(row.Spend(), 0, row.Flags, cache)));
        var wrong = rows
            .Select(row => (row.Expected, Found: ScriptVerifier.Verify(row.Spend(), 0, row.Flags), row.Text))
            .Where(row => row.Expected != row.Found)
            .Select(row => $"{row.Found} instead of {row.Expected}: {row.Text}");

        Assert.Equal(string.Empty, string.Join("\n", wrong));
        Assert.True(rows.Count > 70);
    }
}
