namespace Market.Bitcoin.Tests.Proposals;

/// <summary>Bitcoin's own rules are what they were, with the proposals active and without.</summary>
public sealed class CoreVectorsUnderProposals
{
    // OP_NOP4 on an empty stack is all that BIP119 refuses of what Core's rows hold valid; OP_CAT stays disabled in their scripts.
    [Fact]
    public void A_row_of_Bitcoin_Core_ends_the_same_under_every_proposal_but_one_of_NOP4()
    {
        var rows = ScriptVector.Read(Testing.Vectors.Require("core/script_tests.json"));
        var changed = rows.Select(row => (row, Found: ScriptVerifier.Verify(row.Spend(), 0, row.Flags | ScriptFlags.Proposed)))
            .Where(each => each.Found != each.row.Expected).ToList();

        var (one, found) = Assert.Single(changed);
        Assert.Equal(ScriptAssembler.Assemble("NOP4 1"), one.ScriptPubKey);
        Assert.Equal(ScriptError.INVALID_STACK_OPERATION, found);
        Assert.Equal(1222, rows.Count);
    }

    [Fact]
    public void No_proposal_is_a_rule_of_blocks_or_of_relay()
    {
        Assert.Equal(ScriptFlags.None, (ScriptFlags.Consensus | ScriptFlags.Standard) & ScriptFlags.Proposed);
        Assert.Equal(ScriptFlags.Proposed, ScriptProposal.All.Aggregate(ScriptFlags.None, (flags, each) => flags | each.Flag));
        const ScriptFlags some = ScriptFlags.Standard | ScriptFlags.ANYPREVOUT | ScriptFlags.TEMPLATEHASH;
        Assert.Equal(["BIP118", "BIP446"], ScriptProposal.Of(some).Select(proposal => proposal.Name));
    }
}
