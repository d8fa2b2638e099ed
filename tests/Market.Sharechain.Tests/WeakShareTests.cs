using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>Weak shares (p2share-weak): which may be named, and what they are paid.</summary>
public sealed class WeakShareTests
{
    // Of 2^10 hashes a share, so that a sixteenth of it is still work.
    private static readonly SharechainProfile Row = Rows.Of("p2share-weak-devnet") with
    {
        EasiestBits = Bits,
        Genesis = Rows.Of("p2share-weak-devnet").Genesis with { Bits = Bits },
    };

    private readonly Lab _lab = new(Row);

    private static CompactTarget Bits => new(0x1f3fffc0);

    private static Amount Half => new(25 * Amount.Coin);

    [Fact]
    public void A_block_that_names_none_mints_half()
    {
        _lab.Add();

        Assert.Equal(Half, _lab.State.Supply);
    }

    [Fact]
    public void A_weak_share_is_paid_by_its_stated_work_and_one_percent_goes_to_its_namer()
    {
        var weak = _lab.MineWeak(Lab.Owner(7));
        _lab.Weak.Add(weak);
        var block = _lab.Add(Lab.Owner(1));

        // Stated work is a sixteenth: I / 32.
        var all = 50 * Amount.Coin * Work(weak.Header.WeakBits) / (2 * Work(block.Header.Bits));
        Assert.InRange(all, 50 * Amount.Coin / 32, 50 * Amount.Coin / 32 + Amount.Coin / 100);
        Assert.Equal(
            [new TxOut(new Amount(Half.Sats + all / 100), Lab.Owner(1)), new TxOut(new Amount(all - all / 100), Lab.Owner(7))],
            block.Transactions[0].Outputs);
        Assert.Equal(block.ToArray(), ShareBlock.Parse(block.ToArray()).ToArray());
        Assert.Equal(block.Header.Bits.Work(), block.Work);
        Assert.Equal(_lab.State.StateHash(), _lab.Twin().State.StateHash());
    }

    [Fact]
    public void A_weak_share_of_a_branch_that_is_not_the_best_waits_until_it_is_or_too_old()
    {
        _lab.AddMany(3);
        var other = _lab.Twin();
        var (own, rival) = (_lab.Add(Lab.Owner(1)), other.Next(Lab.Owner(2)));
        Assert.Equal(ShareOutcome.NewTip, other.Submit(rival).Outcome);
        Assert.Equal(ShareOutcome.SideChain, _lab.Submit(rival).Outcome);
        var weak = other.MineWeak(Lab.Owner(7));
        _lab.Now = other.Now;
        Assert.Equal(ShareRefusal.NamedTooDeep, _lab.Chain.CheckNamed(weak, _lab.Mainchain, _lab.Now).Refusal);
        Assert.Equal(ShareRefusal.BranchTooLight, _lab.Chain.CheckArrived(weak, _lab.Mainchain, _lab.Now).Refusal);
        Assert.True(ShareRefusal.BranchTooLight.IsDeferred());
        Assert.True(other.Chain.CheckArrived(weak, other.Mainchain, other.Now).IsValid);

        // The rival's branch wins.
        var next = other.Add(Lab.Owner(2));
        _lab.Now = other.Now;
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(next).Outcome);
        Assert.True(_lab.Chain.CheckArrived(weak, _lab.Mainchain, _lab.Now).IsValid);

        // One of the branch that lost waits as long as a block could still name it.
        var lost = NamedShare.Of(Unsolved(Child(own)));
        Assert.Equal(ShareRefusal.BranchTooLight, _lab.Chain.CheckArrived(lost, _lab.Mainchain, _lab.Now).Refusal);
        _lab.AddMany(Row.Weak!.Depth);
        Assert.Equal(ShareRefusal.NamedTooDeep, _lab.Chain.CheckArrived(lost, _lab.Mainchain, _lab.Now).Refusal);

        ShareBlock Child(ShareBlock parent)
        {
            var fork = new Lab(Row, _lab.Mainchain) { Now = _lab.Now };
            foreach (var share in Path(parent))
            {
                fork.Submit(share);
            }

            fork.Now = _lab.Now;
            return fork.Next(Lab.Owner(8));
        }

        List<ShareBlock> Path(ShareBlock to)
        {
            List<ShareBlock> path = [];
            for (var at = to; at is not null; at = _lab.Chain.GetBlock(at.Header.Parent))
            {
                path.Insert(0, at);
            }

            return path;
        }
    }

    [Fact]
    public void A_miner_may_state_more_work_and_is_paid_more()
    {
        var plain = _lab.Next(Lab.Owner(7));
        var harder = new CompactTarget(0x1f7fff80);
        var weak = NamedShare.Of(Unsolved(_lab.Forge(plain, header: header => header with { WeakBits = harder })));
        var block = _lab.Naming(_lab.Next(), weak);

        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(block).Outcome);
        Assert.InRange(block.Transactions[0].Outputs[1].Value.Sats, 12 * Amount.Coin, 13 * Amount.Coin);
    }

    [Fact]
    public void Refuses_a_target_for_weak_shares_outside_of_what_the_row_allows()
    {
        var good = _lab.Next();
        foreach (var bits in new uint[] { 0x1f3fffbf, 0x200500ff, 0x1d00ffff, 0 })
        {
            _lab.AssertRefused(
                ShareRefusal.WeakBits, _lab.Forge(good, header: header => header with { WeakBits = new CompactTarget(bits) }));
        }

        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(
            _lab.Forge(good, header: header => header with { WeakBits = header.Bits })).Outcome);
    }

    [Fact]
    public void A_share_of_too_little_work_is_no_share_and_a_share_no_weak_one()
    {
        var full = _lab.Next(Lab.Owner(7));
        var weak = Unsolved(full);
        _lab.AssertRefused(ShareRefusal.WorkTooLow, weak);
        _lab.AssertRefused(ShareRefusal.NamedInvalid, _lab.Naming(_lab.Next(), NamedShare.Of(full)));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Naming(_lab.Next(), NamedShare.Of(weak))).Outcome);
    }

    [Fact]
    public void Refuses_a_weak_share_that_is_named_again()
    {
        var weak = _lab.MineWeak(Lab.Owner(7));
        var first = _lab.Naming(_lab.Next(), weak);
        var twice = _lab.Naming(_lab.Next(), weak, weak);
        Assert.Equal(ShareRefusal.NamedOthers, _lab.Submit(twice).Verdict.Refusal);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(first).Outcome);
        for (var i = 0; i < 2; i++)
        {
            _lab.AssertRefused(ShareRefusal.NamedTwice, _lab.Naming(_lab.Next(), weak));
            _lab.Add();
        }
    }

    [Fact]
    public void One_that_stands_twice_is_not_the_same_block()
    {
        NamedShare[] three = [_lab.MineWeak(Lab.Owner(7)), _lab.MineWeak(Lab.Owner(8)), _lab.MineWeak(Lab.Owner(9))];
        var good = _lab.Naming(_lab.Next(), three);
        var again = good with { Named = good.Named.Add(three[2]) };

        // The root of three is that of four of which the last stands twice.
        Assert.Equal(good.Id, again.Id);
        Assert.Equal(ShareRefusal.NamedOthers, _lab.Submit(again).Verdict.Refusal);
        Assert.Equal(ShareRefusal.NamedOthers, _lab.Submit(good with { Named = [] }).Verdict.Refusal);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(good).Outcome);
    }

    [Fact]
    public void A_weak_share_may_be_named_by_the_next_three_and_no_later()
    {
        var weak = _lab.MineWeak(Lab.Owner(7));
        _lab.AddMany(2);
        var third = _lab.Naming(_lab.Next(), weak);
        Assert.Equal(ShareOutcome.NewTip, _lab.Twin().Submit(third).Outcome);
        _lab.Add();
        _lab.AssertRefused(ShareRefusal.NamedTooDeep, _lab.Naming(_lab.Next(), weak));
        _lab.Weak.Add(weak);
        Assert.Empty(_lab.Next().Named);
    }

    [Fact]
    public void Refuses_more_stated_work_than_four_shares_and_templates_stop_there()
    {
        var each = Enumerable.Range(0, 5).Select(i => NamedShare.Of(Unsolved(
            _lab.Forge(_lab.Next(Lab.Owner(7 + i)), header: header => header with { WeakBits = Hardest })))).ToArray();

        _lab.Weak.AddRange(each);
        Assert.Equal(4, _lab.Next().Named.Length);
        _lab.AssertRefused(ShareRefusal.WeakWork, _lab.Naming(_lab.Next(), each));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(_lab.Naming(_lab.Next(), each[..4])).Outcome);
    }

    [Fact]
    public void Refuses_sixty_five_weak_shares_and_names_sixty_four()
    {
        var weak = Enumerable.Range(0, 65).Select(i => _lab.MineWeak(Lab.Owner(i))).ToArray();
        _lab.Weak.AddRange(weak);
        var good = _lab.Next();

        // So many of a sixteenth are just four shares' work.
        Assert.Equal(64, good.Named.Length);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(good).Outcome);
        var lax = new Lab(Row with { Weak = Row.Weak! with { MostWork = 5 } }, _lab.Mainchain) { Now = _lab.Now };
        Assert.Equal(ShareRefusal.TooManyWeak, lax.Submit(lax.Naming(lax.Next(), weak)).Verdict.Refusal);
        Assert.False(ShareBlock.TryParse(lax.Naming(lax.Next(), weak).ToArray(), out _, out _));
    }

    [Fact]
    public void Refuses_a_weak_share_that_paid_whom_it_liked()
    {
        _lab.AddMany(6);
        var thief = NamedShare.Of(Unsolved(_lab.Forge(_lab.Next(Lab.Owner(7)), outputs: (_, made) =>
            made.SetItem(0, made[0] with { ScriptPubKey = Lab.Owner(66) }))));

        _lab.AssertRefused(ShareRefusal.NamedInvalid, _lab.Naming(_lab.Next(), thief));
    }

    [Fact]
    public void Refuses_a_weak_share_whose_sharebase_is_of_another_height()
    {
        _lab.AddMany(6);
        var from = _lab.Next(Lab.Owner(7));
        foreach (var off in new[] { 0, -1, 1 })
        {
            var first = from.Transactions[0];
            byte[] script = [.. CoinbaseHeight.Push((int)from.Header.Height + off), 1, 0];
            var input = first.Inputs[0] with { ScriptSig = Lab.Bytes(script) };
            var sharebase = new Transaction(2, [input], first.Outputs, 0);
            var weak = NamedShare.Of(Unsolved(_lab.Forge(from, transactions: [sharebase])));
            var naming = _lab.Naming(_lab.Next(), weak);
            if (off == 0)
            {
                Assert.True(_lab.Chain.CheckNamed(weak, _lab.Mainchain, _lab.Now).IsValid);
                continue;
            }

            Assert.Equal(ShareRefusal.NamedInvalid, _lab.Chain.CheckNamed(weak, _lab.Mainchain, _lab.Now).Refusal);
            _lab.AssertRefused(ShareRefusal.NamedInvalid, naming);
        }
    }

    [Fact]
    public void Refuses_a_sharebase_that_does_not_pay_a_weak_share_exactly()
    {
        var good = _lab.Naming(_lab.Next(), _lab.MineWeak(Lab.Owner(7)));
        var sharebase = good.Transactions[0];
        var less = sharebase.Outputs
            .SetItem(0, sharebase.Outputs[0] with { Value = sharebase.Outputs[0].Value + new Amount(1) })
            .SetItem(1, sharebase.Outputs[1] with { Value = sharebase.Outputs[1].Value - new Amount(1) });

        _lab.AssertRefused(ShareRefusal.NamedUnpaid, _lab.Forge(
            good, transactions: [new Transaction(2, sharebase.Inputs, less, 0)]));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(good).Outcome);
    }

    [Fact]
    public void Refuses_a_sharebase_that_annotates_what_it_pays_for_a_weak_share()
    {
        var good = _lab.Naming(_lab.Next(), _lab.MineWeak(Lab.Owner(7)), _lab.MineWeak(Lab.Owner(8)));
        var sharebase = good.Transactions[0];
        foreach (byte maker in new byte[] { 1, 2 })
        {
            _lab.AssertRefused(ShareRefusal.NamedUnpaid, _lab.Forge(good, transactions:
            [
                new Transaction(2, sharebase.Inputs, sharebase.Outputs.Add(PayoutAnnotation.Output(maker, Lab.Owner(1))), 0),
            ]));
        }
    }

    [Fact]
    public void Templates_keep_half_of_a_share_for_transactions_whatever_weak_shares_there_are()
    {
        // Each with a coinbase of nearly 20 kB: seven of them are half of a share.
        var note = new TxOut(Amount.Zero, Lab.Bytes([0x6a, .. new byte[9_000]]));
        for (var i = 0; i < 12; i++)
        {
            var share = _lab.Forge(_lab.Next(Lab.Owner(10 + i)), outputs: (_, made) => made.Add(note).Add(note));
            _lab.Weak.Add(NamedShare.Of(Unsolved(share)));
        }

        var next = _lab.Next();
        Assert.InRange(next.Named.Length, 5, 7);
        Assert.InRange(next.Named.Sum(named => named.Length), 100_000, 125_000);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(next).Outcome);
    }

    [Fact]
    public void Refuses_a_weak_share_that_is_too_dear_to_name()
    {
        var from = _lab.Next(Lab.Owner(7));
        var paid = from.Transactions[0];
        var script = new Script(Enumerable.Repeat((byte)0x51, 43).ToArray());
        var dear = Unsolved(_lab.Forge(from, transactions: from.Transactions.SetItem(
            0, new Transaction(2, paid.Inputs, [paid.Outputs[0] with { ScriptPubKey = script }], 0))));
        Assert.Equal(ShareRefusal.NamedTooDear, ShareChecks.CheckWeak(dear, Row));
    }

    [Fact]
    public void A_template_for_another_miner_pays_the_makers_alike()
    {
        _lab.Weak.Add(_lab.MineWeak(Lab.Owner(7)));
        var (made, built) = (_lab.Template(Lab.AnybodysWitness).PaidTo(Lab.Owner(1)), _lab.Template(Lab.Owner(1)));
        Assert.Single(made.Named);
        Assert.Equal(built.Header.Commitment, made.Header.Commitment);
        Assert.Equal(built.MainHeader, made.MainHeader);
    }

    // Nine tenths of a share's work: five are more than four.
    private static CompactTarget Hardest => new(0x1f470000);

    private static long Work(CompactTarget bits) => (long)bits.Work().ToBigInteger();

    // The same share with a nonce that meets its miner's own target only.
    private static ShareBlock Unsolved(ShareBlock block)
    {
        for (uint nonce = 0; ; nonce++)
        {
            var tried = block.Proof.MainHeader with { Nonce = nonce };
            if (block.Header.WeakBits.IsMetBy(tried.Id.Value) && !block.Header.Bits.IsMetBy(tried.Id.Value))
            {
                return block with { Proof = block.Proof with { MainHeader = tried } };
            }
        }
    }
}
