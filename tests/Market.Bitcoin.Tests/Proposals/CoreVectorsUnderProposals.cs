namespace Market.Bitcoin.Tests.Proposals;

/// <summary>Bitcoin's own rules are what they were, with the proposals active and without.</summary>
public sealed class CoreVectorsUnderProposals
{
    // Core's rows of what proposals give a meaning to: NOP4 and OP_CAT.
    private static readonly string[] Given = ["NOP4", "CAT"];

    [Fact]
    public void A_row_of_Bitcoin_Core_ends_the_same_unless_it_is_of_what_a_proposal_gives_a_meaning()
    {
        var rows = ScriptVector.Read(Testing.Vectors.Require("core/script_tests.json"));
        var changed = rows
            .Where(row => ScriptVerifier.Verify(row.Spend(), 0, row.Flags | ScriptFlags.Proposed) != row.Expected).ToList();

        Assert.All(changed, row => Assert.Contains(Given, name => row.Text.Contains(name, StringComparison.Ordinal)));
        Assert.InRange(changed.Count, 0, 40);
        Assert.True(rows.Count - changed.Count > 1_100);
    }

    [Fact]
    public void No_proposal_is_a_rule_of_blocks_or_of_relay()
    {
        Assert.Equal(ScriptFlags.None, (ScriptFlags.Consensus | ScriptFlags.Standard) & ScriptFlags.Proposed);
    }
}
