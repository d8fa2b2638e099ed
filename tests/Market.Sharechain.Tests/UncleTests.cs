using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>Uncles (p2poolv2): who may be named, what it mints, and that its work counts.</summary>
public sealed class UncleTests
{
    private static readonly SharechainProfile Row = Rows.Of("p2poolv2-devnet") with
    {
        Payout = new PayoutDesign.Window(60, 500, 20),
        Maturity = 2,
    };

    private readonly Lab _lab = new(Row);

    public UncleTests() => _lab.AddMany(5);

    [Fact]
    public void A_share_beside_the_chain_is_named_by_the_next_and_paid_ninety_to_ten()
    {
        var uncle = Rival(7);
        _lab.Add();
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(uncle).Outcome);
        var before = _lab.Chain.TipNode.ChainWork;
        var block = _lab.Add(Lab.Owner(1));

        Assert.Equal([uncle.Id], block.Header.Uncles);
        Assert.Equal([new TxOut(new Amount(3_051 + 305), Lab.Owner(1)), new TxOut(new Amount(2_745), Lab.Owner(7))],
            block.Transactions[0].Outputs);
        Assert.Equal(new CompactTarget(0x207fffff).Work() + new CompactTarget(0x207fffff).Work(),
            _lab.Chain.TipNode.ChainWork - before);

        // What it mints is as young as the block that names it, and spendable like any other.
        var paid = _lab.State.Find(new OutPoint(block.Transactions[0].Id, 1))!;
        Assert.Equal((int)block.Header.Height, _lab.State.RootOf(paid));
        _lab.Add();
        _lab.Add(Lab.Owner(1), Lab.Spend(paid, Lab.Owner(8)));
        Assert.Equal(block.ToArray(), ShareBlock.Parse(block.ToArray()).ToArray());
        Assert.Equal(_lab.State.StateHash(), _lab.Twin().State.StateHash());
    }

    [Fact]
    public void The_branch_with_more_work_wins_by_its_uncles()
    {
        var other = _lab.Twin();
        _lab.AddMany(2);
        var first = other.Add(Lab.Owner(3));
        Assert.Equal(ShareOutcome.SideChain, other.Submit(ReorgTests.Block(_lab, 6)).Outcome);
        var second = other.Add(Lab.Owner(3));
        Assert.Equal([ReorgTests.Block(_lab, 6).Id], second.Header.Uncles);

        // Two blocks against two, and the uncle beside.
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(first).Outcome);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(second).Outcome);
        Assert.Equal(other.State.StateHash(), _lab.State.StateHash());
    }

    [Fact]
    public void Refuses_a_sharebase_that_does_not_pay_the_uncles_maker_exactly()
    {
        var good = WithUncle(out _);
        var sharebase = good.Transactions[0];
        foreach (var outputs in new ImmutableArray<TxOut>[]
        {
            [new TxOut(new Amount(sharebase.Outputs.Sum(output => output.Value.Sats)), Lab.Owner(1))],
            [
                sharebase.Outputs[0] with { Value = sharebase.Outputs[0].Value + new Amount(1) },
                sharebase.Outputs[1] with { Value = sharebase.Outputs[1].Value - new Amount(1) },
            ],
            [sharebase.Outputs[0], sharebase.Outputs[1] with { ScriptPubKey = Lab.Owner(1) }],
            [sharebase.Outputs[1], sharebase.Outputs[0]],
        })
        {
            _lab.AssertRefused(ShareRefusal.NamedUnpaid, _lab.Forge(
                good, transactions: [new Transaction(2, sharebase.Inputs, outputs, 0)]));
        }

        _lab.AssertRefused(ShareRefusal.SharebaseAboveIssuance, _lab.Forge(good, transactions:
        [
            new Transaction(2, sharebase.Inputs, sharebase.Outputs.Add(new TxOut(new Amount(294), Lab.Owner(1))), 0),
        ]));

        // What is due is paid however little it is; what the miner adds is not.
        var dear = _lab.Profile with { LeastOutput = new Amount(Amount.MaxMoney) };
        Assert.Equal(ShareVerdict.Valid, ShareChecks.CheckAlone(good, dear));
        _lab.AssertRefused(ShareRefusal.OutputAmount, _lab.Forge(good, transactions:
        [
            new Transaction(2, sharebase.Inputs, sharebase.Outputs.Add(new TxOut(new Amount(293), Lab.Owner(1))), 0),
        ]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(good).Outcome);
    }

    [Fact]
    public void Refuses_an_uncle_that_was_named_before_or_is_on_the_chain()
    {
        var first = WithUncle(out var uncle);
        _lab.Submit(first);
        var next = _lab.Next();
        Assert.Empty(next.Named);
        _lab.AssertRefused(ShareRefusal.NamedTwice, _lab.Naming(next, uncle));
        _lab.Add();
        _lab.AssertRefused(ShareRefusal.NamedTwice, _lab.Naming(_lab.Next(), uncle));
        _lab.AssertRefused(ShareRefusal.NamedTwice, _lab.Naming(_lab.Next(), NamedShare.Of(first)));
    }

    [Fact]
    public void Takes_an_uncle_three_back_and_refuses_one_four_back_or_none()
    {
        var uncle = NamedShare.Of(Rival(7));
        var before = _lab.Chain.TipNode.Height;
        _lab.AddMany(3);
        Assert.Equal(before + 3, _lab.State.Height);
        var three = _lab.Naming(_lab.Next(), uncle);
        Assert.Equal(3, (int)(three.Header.Height - uncle.Header.Height));
        Assert.Equal(ShareOutcome.NewTip, _lab.Twin().Submit(three).Outcome);
        _lab.Add();
        _lab.AssertRefused(ShareRefusal.NamedTooDeep, _lab.Naming(_lab.Next(), uncle));

        // A rival of the block itself is no uncle of it; nor is one whose parent is beside the chain.
        var rival = Rival(8);
        _lab.AssertRefused(ShareRefusal.NamedTooDeep, _lab.Naming(_lab.Next(), NamedShare.Of(rival)));
        var twin = _lab.Twin();
        twin.Submit(rival);
        var cousin = twin.Next(Lab.Owner(9));
        Assert.Equal(rival.Id, cousin.Header.Parent);
        _lab.AddMany(2);
        _lab.AssertRefused(ShareRefusal.NamedTooDeep, _lab.Naming(_lab.Next(), NamedShare.Of(cousin)));
    }

    [Fact]
    public void Refuses_four_uncles_and_names_three()
    {
        ShareBlock[] rivals = [Rival(7), Rival(8), Rival(9), Rival(10)];
        _lab.Add();
        foreach (var rival in rivals)
        {
            Assert.Equal(ShareOutcome.SideChain, _lab.Submit(rival).Outcome);
        }

        var good = _lab.Next();
        Assert.Equal(3, good.Named.Length);
        Assert.Equal(3, good.Header.Uncles.Length);
        var all = rivals.Select(NamedShare.Of).OrderBy(uncle => uncle.Id).ToArray();
        Assert.Equal(ShareRefusal.TooManyUncles, _lab.Submit(_lab.Naming(good, all)).Verdict.Refusal);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(good).Outcome);
    }

    [Fact]
    public void Refuses_an_uncle_that_paid_whom_it_liked()
    {
        var thief = _lab.Forge(Rival(7), outputs: (_, made) =>
            made.SetItem(0, made[0] with { ScriptPubKey = Lab.Owner(66) }));
        _lab.Add();

        // Beside the chain that is not seen, and it is not named.
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(thief).Outcome);
        var next = _lab.Next();
        Assert.Empty(next.Named);
        _lab.AssertRefused(ShareRefusal.NamedInvalid, _lab.Naming(next, NamedShare.Of(thief)));
    }

    [Fact]
    public void Refuses_an_uncle_that_breaks_a_rule_of_its_own()
    {
        var uncle = Rival(7);
        _lab.Add();
        var next = _lab.Next();
        Refused(_lab.Forge(uncle, header: header => header with { Time = 1 }));
        Refused(_lab.Forge(uncle, header: header => header with { Bits = new CompactTarget(0x2000ffff) }));
        Refused(_lab.Forge(uncle, main: header => header with { Version = 3 }));
        Refused(_lab.Forge(uncle, main: header => header with { Bits = new CompactTarget(0x1d00ffff) }));
        Refused(_lab.Forge(uncle, outputs: (_, made) => made.SetItem(0, made[0] with { Value = new Amount(1) })));
        Refused(_lab.Forge(uncle, solved: false));
        var low = uncle.Transactions[0].Inputs[0] with { ScriptSig = Lab.Bytes([.. CoinbaseHeight.Push(99), 0, 0]) };
        Refused(_lab.Forge(uncle, transactions: [new Transaction(2, [low], uncle.Transactions[0].Outputs, 0)]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Naming(next, NamedShare.Of(uncle))).Outcome);

        void Refused(ShareBlock bad) => _lab.AssertRefused(ShareRefusal.NamedInvalid, _lab.Naming(next, NamedShare.Of(bad)));
    }

    [Fact]
    public void Names_no_uncle_that_costs_its_namer_more_than_it_is_worth()
    {
        var uncle = Rival(7);
        var sharebase = uncle.Transactions[0];
        var own = sharebase.Outputs[0];
        var longScript = new Script(Enumerable.Repeat((byte)0x51, 43).ToArray());
        var checks = new Script(Enumerable.Repeat((byte)Opcode.OP_CHECKSIG, 2).ToArray());
        var least = _lab.Profile.LeastOutput;
        ImmutableArray<TxOut> crowd = [own, .. Enumerable.Repeat(new TxOut(least, Lab.Owner(1)), 300)];
        foreach (var outputs in new ImmutableArray<TxOut>[]
        {
            [own with { ScriptPubKey = longScript }], [own with { ScriptPubKey = checks }], crowd,
        })
        {
            var lab = _lab.Twin();
            var dear = lab.Forge(uncle, transactions: [new Transaction(2, sharebase.Inputs, outputs, 0)]);
            lab.Add(Lab.Owner(1));
            Assert.Equal(ShareOutcome.SideChain, lab.Submit(dear).Outcome);

            // The template leaves it out, and who names it has no share.
            Assert.Empty(lab.Next().Named);
            Assert.Equal(ShareRefusal.NamedInvalid, lab.Submit(lab.Naming(lab.Next(), NamedShare.Of(dear))).Verdict.Refusal);
        }

        var most = _lab.Forge(uncle, transactions: [new Transaction(2, sharebase.Inputs, crowd[..^30], 0)]);
        _lab.Add();
        Assert.InRange(NamedShare.Of(most).Sharebase.StrippedSize, 3_000, 4_000);
        _lab.Submit(most);
        Assert.Equal([most.Id], _lab.Add().Header.Uncles);
    }

    [Fact]
    public void Refuses_a_sharebase_that_annotates_what_it_pays_an_uncles_maker()
    {
        var good = WithUncle(out _);
        var sharebase = good.Transactions[0];
        _lab.AssertRefused(ShareRefusal.NamedUnpaid, _lab.Forge(good, transactions:
        [
            new Transaction(2, sharebase.Inputs, sharebase.Outputs.Add(PayoutAnnotation.Output(1, Lab.Owner(1))), 0),
        ]));

        // Its own outputs are its own.
        var own = sharebase.Outputs.Add(PayoutAnnotation.Output(0, Lab.Owner(8))).Add(PayoutAnnotation.Output(2, Lab.Owner(8)));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Forge(
            good, transactions: [new Transaction(2, sharebase.Inputs, own, 0)])).Outcome);
    }

    [Fact]
    public void An_uncle_counts_once_also_on_a_branch_that_is_not_connected()
    {
        // A branch from four below the tip, so that none of it is connected while it grows.
        var branch = _lab.Twin();
        _lab.AddMany(6);
        var rival = branch.Next(Lab.Owner(7));
        branch.Add(Lab.Owner(3));
        Assert.Equal(ShareOutcome.SideChain, branch.Submit(rival).Outcome);
        var first = branch.Add(Lab.Owner(3));
        Assert.Equal([rival.Id], first.Header.Uncles);
        var second = branch.Naming(branch.Next(Lab.Owner(3)), NamedShare.Of(rival));
        _lab.Now = Math.Max(_lab.Now, branch.Now);
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(ReorgTests.Block(branch, branch.State.Height - 1)).Outcome);
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(first).Outcome);
        Assert.Equal(ShareRefusal.NamedTwice, _lab.Submit(second).Verdict.Refusal);
    }

    [Fact]
    public void An_uncle_on_an_unknown_mainchain_block_is_waited_for()
    {
        var hidden = new PlainMainchain();
        hidden.Grow();
        var point = hidden.Grow();
        var uncle = _lab.OnMain(Rival(7), point);
        _lab.Add();
        var block = _lab.Naming(_lab.Next(), NamedShare.Of(uncle));

        _lab.AssertRefused(ShareRefusal.MainPreviousUnknown, block);
        _lab.Mainchain.Grow();
        Assert.Equal(point.Id, _lab.Mainchain.Grow().Id);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(block).Outcome);
    }

    [Fact]
    public void An_uncle_of_a_time_too_far_ahead_is_waited_for()
    {
        var rival = Rival(7);
        _lab.Add();
        var ahead = (uint)_lab.Now + 150;
        var uncle = _lab.Forge(rival, header: header => header with { Time = ahead });
        var block = _lab.Naming(_lab.Next(), NamedShare.Of(uncle));

        _lab.AssertRefused(ShareRefusal.TimeTooFarAhead, block);
        _lab.Now = ahead;
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(block).Outcome);
    }

    [Fact]
    public void Others_than_the_header_names_are_refused_and_not_remembered()
    {
        var good = WithUncle(out var uncle);
        var stranger = NamedShare.Of(_lab.Forge(Rival(9)));
        Wrong(good with { Named = [] });
        Wrong(good with { Named = [stranger] });
        Wrong(good with { Named = [uncle with { Branch = [Hash256.Zero] }] });
        var other = new Transaction(
            2, uncle.Sharebase.Inputs, [uncle.Sharebase.Outputs[0] with { ScriptPubKey = Lab.Owner(66) }], 0);
        Wrong(good with { Named = [uncle with { Sharebase = other }] });
        Wrong(good with { Named = [uncle with { Proof = uncle.Proof with { Branch = [Hash256.Zero] } }] });
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(good).Outcome);

        void Wrong(ShareBlock block)
        {
            Assert.Equal(good.Id, block.Id);
            Assert.True(_lab.Submit(block).Verdict.Refusal is ShareRefusal.NamedOthers or ShareRefusal.NamedInvalid);
        }
    }

    [Fact]
    public void An_uncle_travels_as_header_proof_sharebase_and_branch()
    {
        _lab.AddMany(2);
        var coin = _lab.State.Coins.First(_lab.State.IsMature);
        var whole = _lab.Next(Lab.Owner(7), Lab.Spend(coin, Lab.Owner(4)));
        var uncle = NamedShare.Of(whole);
        var writer = new ByteWriter();
        uncle.Write(writer);
        var reader = new ByteReader(writer.ToArray());

        Assert.Equal(uncle.Id, NamedShare.Read(ref reader)!.Id);
        Assert.False(reader.Failed);
        Assert.Equal(uncle.Length, writer.ToArray().Length);
        Assert.Single(uncle.Branch);
        Assert.True(uncle.IsInRoot);
        Assert.Equal(whole.Id, uncle.Id);
    }

    // A share on the tip that is not offered.
    private ShareBlock Rival(int owner)
    {
        var now = _lab.Now;
        var rival = _lab.Next(Lab.Owner(owner));
        _lab.Now = now;
        return rival;
    }

    private ShareBlock WithUncle(out NamedShare uncle)
    {
        var rival = Rival(7);
        _lab.Add();
        uncle = NamedShare.Of(rival);
        return _lab.Naming(_lab.Next(), uncle);
    }
}
