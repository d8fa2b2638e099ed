using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>Rule 6 by itself, each refusal beside what is just allowed; and what is asked of a named share that other checks would
/// find first on a chain, so that none of them may be left out unseen.</summary>
public sealed class PayoutRuleTests
{
    private static readonly Payees Two = new Payees.Weighed([new Holder(Lab.Owner(1), 3), new Holder(Lab.Owner(2), 1)]);

    [Theory]
    [InlineData(ShareRefusal.None, 400, 300L, 100L)]
    [InlineData(ShareRefusal.None, 399, 300L, 100L)]
    [InlineData(ShareRefusal.PayoutBelowSubsidy, 401, 300L, 100L)]
    [InlineData(ShareRefusal.PayoutMissing, 400, 400L)]
    [InlineData(ShareRefusal.PayoutMissing, 400)]
    [InlineData(ShareRefusal.None, 0)]
    [InlineData(ShareRefusal.PayoutExtra, 400, 300L, 100L, 40L)]
    [InlineData(ShareRefusal.PayoutProportion, 400, 299L, 101L)]
    public void A_coinbase_pays_all_of_them_in_proportion_and_the_subsidy_at_least(
        ShareRefusal refusal, long subsidy, params long[] paid)
    {
        // In thousands: what is less than dust is paid to nobody.
        var outputs = paid.Select((sats, i) => new TxOut(new Amount(1_000 * sats), Lab.Owner(i + 1)));
        Assert.Equal(refusal, PayoutRule.Check(Two, Coinbase(outputs), new Amount(1_000 * subsidy)).Refusal);
    }

    [Fact]
    public void A_coinbase_pays_nobody_else_and_in_no_other_order()
    {
        TxOut[] good = [new(new Amount(300_000), Lab.Owner(1)), new(new Amount(100_000), Lab.Owner(2))];
        Assert.True(PayoutRule.Check(Two, Coinbase(good), Amount.Zero).IsValid);
        Assert.Equal(ShareRefusal.PayoutScript, PayoutRule.Check(Two, Coinbase(good.Reverse()), Amount.Zero).Refusal);
        Assert.Equal(
            ShareRefusal.PayoutScript,
            PayoutRule.Check(Two, Coinbase([good[0], good[1] with { ScriptPubKey = Lab.Owner(3) }]), Amount.Zero).Refusal);
        Assert.Equal(ShareRefusal.PayoutMissing, PayoutRule.Check(null, Coinbase(good), Amount.Zero).Refusal);
    }

    [Fact]
    public void A_named_share_of_a_height_that_the_state_has_forgotten_is_too_deep()
    {
        var lab = new Lab(Rows.Of("p2share-weak-devnet"));
        lab.AddMany(2);
        var old = NamedShare.Of(lab.Next(Lab.Owner(7)));
        var depth = lab.Profile.Weak!.Depth;
        lab.AddMany(depth - 1);
        Assert.NotEqual(ShareRefusal.NamedTooDeep, StateChecks.CheckNamed(lab.State, old).Refusal);
        Assert.NotEqual(ShareRefusal.NamedTooDeep, InContext().Refusal);
        lab.AddMany(1);
        Assert.Equal(ShareRefusal.NamedTooDeep, StateChecks.CheckNamed(lab.State, old).Refusal);
        Assert.Equal(ShareRefusal.NamedTooDeep, InContext().Refusal);

        // As beside the best chain, where no state is asked.
        ShareVerdict InContext() => NamedChecks.CheckInContext(old, lab.Chain.TipNode, lab.Profile, lab.Mainchain, lab.Now);
    }

    [Fact]
    public void Nothing_stands_beside_the_first_share_of_all()
    {
        var lab = new Lab(Rows.Of("p2share-weak-devnet"));
        var share = NamedShare.Of(lab.Next(Lab.Owner(7)));
        var first = share with { Header = share.Header with { Height = 0 } };
        Assert.Equal(
            ShareRefusal.NamedTooDeep,
            NamedChecks.CheckInContext(first, lab.Chain.TipNode, lab.Profile, lab.Mainchain, lab.Now).Refusal);
    }

    [Fact]
    public void A_named_share_s_sharebase_is_a_coinbase_in_form_and_no_inner_node_of_the_tree()
    {
        var lab = new Lab(Rows.Of("p2share-weak-devnet"));
        var share = NamedShare.Of(lab.Next(Lab.Owner(7)));
        var good = share.Sharebase;
        var (input, pays) = (good.Inputs[0], good.Outputs[0]);
        Assert.Equal(ShareRefusal.None, NamedChecks.CheckSharebase(With(good)));
        Transaction[] bad =
        [
            Lab.Spend(new OutPoint(good.Id, 0), good.Outputs),
            new(2, [input with { ScriptSig = Lab.Bytes([0x51]) }], good.Outputs, 0),
            new(2, good.Inputs, [], 0),
            new(2, [input with { ScriptSig = Lab.Bytes([1, 1]) }], [pays with { ScriptPubKey = Lab.Bytes([0x51, 0x51]) }], 0),
        ];
        Assert.Equal(ShareChecks.InnerNodeBytes, bad[^1].StrippedSize);
        Assert.All(bad, each => Assert.Equal(ShareRefusal.Sharebase, NamedChecks.CheckSharebase(With(each))));
        var other = With(good) with { Sharebase = lab.Next().Transactions[0] };
        Assert.Equal(ShareRefusal.Sharebase, NamedChecks.CheckSharebase(other));

        // Just beside them.
        var longer = new Transaction(2, bad[^1].Inputs, [pays with { ScriptPubKey = Lab.Bytes([0x51, 0x51, 0x51]) }], 0);
        Assert.Equal(ShareRefusal.None, NamedChecks.CheckSharebase(With(longer)));

        NamedShare With(Transaction sharebase) => share with
        {
            Sharebase = sharebase,
            Branch = [],
            Header = share.Header with { TxRoot = sharebase.Id.Value },
        };
    }

    private static Transaction Coinbase(IEnumerable<TxOut> outputs) => new(
        2, [new TxIn(OutPoint.Null, Lab.Bytes([1, 1]), TxIn.FinalSequence)],
        [.. outputs, new TxOut(Amount.Zero, Lab.Bytes([0x6a]))], 0);
}
