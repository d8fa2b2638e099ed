namespace Market.Bitcoin.Tests;

/// <summary>Bitcoin Core's script_tests.json, every row.</summary>
public sealed class ScriptVectors
{
    private const ScriptFlags AllFlags = ScriptFlags.Standard | ScriptFlags.SIGPUSHONLY;

    [Fact]
    public void Every_row_ends_with_the_error_that_it_states()
    {
        var rows = ScriptVector.Read(Testing.Vectors.Require("core/script_tests.json"));
        var wrong = rows
            .Select(row => (row.Expected, Found: ScriptVerifier.Verify(row.Spend(), 0, row.Flags), row.Text))
            .Where(row => row.Expected != row.Found)
            .Select(row => $"{row.Found} instead of {row.Expected}: {row.Text}");

        Assert.Equal("", string.Join("\n", wrong));
        Assert.Equal(1222, rows.Count);
    }

    [Fact]
    public void Every_row_ends_the_same_with_a_cache_and_with_one_that_is_warm()
    {
        var cache = new SignatureCache(new byte[32]);
        foreach (var row in ScriptVector.Read(Testing.Vectors.Require("core/script_tests.json")))
        {
            Assert.Equal(row.Expected, ScriptVerifier.Verify(row.Spend(), 0, row.Flags, cache));
            Assert.Equal(row.Expected, ScriptVerifier.Verify(row.Spend(), 0, row.Flags, cache));
        }

        Assert.True(cache.Hits > 0);
    }

    [Fact]
    public void Fewer_flags_keep_a_row_valid_and_more_flags_keep_it_invalid()
    {
        var random = new Random(413567);
        var rows = ScriptVector.Read(Testing.Vectors.Require("core/script_tests.json"));
        foreach (var row in rows)
        {
            var spend = row.Spend();
            for (var i = 0; i < 16; i++)
            {
                var some = (ScriptFlags)random.Next() & AllFlags;
                var valid = row.Expected == ScriptError.OK;
                var flags = valid ? row.Flags & ~some : row.Flags | some;
                if (IsConsistent(flags))
                {
                    Assert.Equal(valid, ScriptVerifier.Verify(spend, 0, flags) == ScriptError.OK);
                }
            }
        }
    }

    private static bool IsConsistent(ScriptFlags flags) =>
        (!flags.HasFlag(ScriptFlags.CLEANSTACK) || flags.HasFlag(ScriptFlags.P2SH | ScriptFlags.WITNESS))
        && (!flags.HasFlag(ScriptFlags.WITNESS) || flags.HasFlag(ScriptFlags.P2SH));
}
