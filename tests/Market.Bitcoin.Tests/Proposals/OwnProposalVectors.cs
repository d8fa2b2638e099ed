namespace Market.Bitcoin.Tests.Proposals;

/// <summary>Our own rows of each proposal: every rule of its text, accepted and refused.</summary>
public sealed class OwnProposalVectors
{
    private static readonly Dictionary<string, (int Accepted, int Refused)> Counts = new()
    {
        ["bip-0118"] = (123, 149),
        ["bip-0119"] = (29, 47),
        ["bip-0347"] = (14, 9),
        ["bip-0348"] = (33, 32),
        ["bip-0349"] = (14, 6),
        ["bip-0446"] = (19, 19),
    };

    public static TheoryData<string> Proposals => ProposalVector.Own;

    [Theory]
    [MemberData(nameof(Proposals))]
    public void Every_row_ends_with_the_error_that_it_states(string proposal)
    {
        var rows = ProposalVector.ReadOwn(proposal);
        var cache = new SignatureCache(new byte[32]);
        Assert.All(rows, row =>
        {
            ScriptError[] found = [row.Verify(), row.Verify(cache: cache), row.Verify(cache: cache)];
            Assert.True(
                found.All(each => each == row.Expected), $"{string.Join(", ", found)} instead of {row.Expected}: {row.Comment}");
        });
        var accepted = rows.Count(row => row.Expected == ScriptError.OK);
        Assert.Equal(Counts[proposal], (accepted, rows.Length - accepted));
    }

    // What makes all else valid under a proposal does so without it: old nodes follow.
    [Theory]
    [MemberData(nameof(Proposals))]
    public void What_is_valid_under_a_proposal_is_valid_without_it(string proposal)
    {
        foreach (var row in ProposalVector.ReadOwn(proposal).Where(row => row.Expected == ScriptError.OK))
        {
            Assert.Equal(ScriptError.OK, row.Verify(row.Flags & ScriptFlags.Consensus));
        }
    }

    // But for what is kept for upgrades: an operation or kind of key may have a meaning under another proposal.
    [Theory]
    [MemberData(nameof(Proposals))]
    public void All_proposals_together_change_no_row_of_one(string proposal)
    {
        var changed = ProposalVector.ReadOwn(proposal)
            .Where(row => (row.Flags & ScriptFlags.Proposed) != 0 && row.Verify(row.Flags | ScriptFlags.Proposed) != row.Expected)
            .Select(row => row.Comment);

        Assert.All(changed, comment => Assert.Contains("kept for upgrades makes", comment, StringComparison.Ordinal));
    }

    // Without the flag such an operation is one that makes the script succeed, a NOP or of an unknown kind of key.
    [Theory]
    [InlineData("bip-0118", ScriptFlags.ANYPREVOUT)]
    [InlineData("bip-0119", ScriptFlags.DEFAULT_CHECK_TEMPLATE_VERIFY_HASH)]
    [InlineData("bip-0347", ScriptFlags.OP_CAT)]
    [InlineData("bip-0348", ScriptFlags.CHECKSIGFROMSTACK)]
    [InlineData("bip-0349", ScriptFlags.INTERNALKEY)]
    [InlineData("bip-0446", ScriptFlags.TEMPLATEHASH)]
    public void Some_refused_rows_are_valid_without_the_proposal(string proposal, ScriptFlags flag)
    {
        var refused = ProposalVector.ReadOwn(proposal)
            .Where(row => row.Expected != ScriptError.OK && (row.Flags & ScriptFlags.Proposed) == flag).ToList();
        var without = refused.Count(row => row.Verify(row.Flags & ~flag) == ScriptError.OK);
        Assert.InRange(without, 3, refused.Count);
    }
}
