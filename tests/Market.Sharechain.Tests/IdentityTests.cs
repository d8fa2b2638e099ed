using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>One id is one block, byte for byte, and is not known before its work is done.</summary>
public sealed class IdentityTests
{
    [Fact]
    public void Another_proof_of_a_header_is_another_share_and_harms_the_first_in_no_way()
    {
        var (a, b) = Pair(8);

        // B has another block of the same height first (an ordinary race).
        b.Now += 1;
        b.Add(Lab.Owner(5));
        a.Now = b.Now + 1;
        var good = a.Next(Lab.Owner(1));
        var bad = a.Forge(good, outputs: (_, made) => made.SetItem(0, made[0] with { ScriptPubKey = Lab.Owner(66) }));
        b.Now = a.Now + 10;

        Assert.Equal(good.Header, bad.Header);
        Assert.NotEqual(good.Id, bad.Id);
        Assert.Equal(ShareOutcome.NewTip, a.Submit(good).Outcome);
        Assert.Equal(ShareOutcome.SideChain, b.Submit(bad).Outcome);
        Assert.Equal(ShareOutcome.SideChain, b.Submit(good).Outcome);
        for (var i = 0; i < 3; i++)
        {
            var child = a.Add(Lab.Owner(2));
            b.Now = a.Now;
            b.Submit(child);
        }

        Assert.Equal(a.State.StateHash(), b.State.StateHash());
    }

    [Fact]
    public void Two_proofs_of_one_header_on_two_mainchain_blocks_divide_nobody()
    {
        var (a, b) = Pair(3);
        var points = new List<MainchainPoint> { a.Mainchain.Tip };
        for (var i = 0; i < 6; i++)
        {
            points.Add(a.Mainchain.Grow());
        }

        var top = a.Add(Lab.Owner(1));
        b.Now = a.Now;
        b.Submit(top);
        var high = a.Next(Lab.Owner(1));
        var low = a.OnMain(high, points[3]);
        Assert.Equal(ShareOutcome.NewTip, a.Submit(high).Outcome);
        b.Now = a.Now;
        Assert.Equal(ShareOutcome.NewTip, b.Submit(low).Outcome);

        // Below what an ancestor of both built on: neither takes it.
        var tooLow = b.OnMain(b.Next(Lab.Owner(1)), points[0]);
        b.AssertRefused(ShareRefusal.MainPreviousTooOld, tooLow);
        var next = b.Add(Lab.Owner(2));
        a.Now = b.Now;
        Assert.Equal(ShareOutcome.SideChain, a.Submit(low).Outcome);
        Assert.Equal(ShareOutcome.NewTip, a.Submit(next).Outcome);
        Assert.Equal(a.State.StateHash(), b.State.StateHash());
    }

    [Fact]
    public void Whom_the_next_share_pays_is_drawn_anew_by_every_proof_of_a_header()
    {
        var lab = new Lab();
        for (var i = 0; i < 40; i++)
        {
            lab.Add(Lab.Owner(i));
        }

        // The header, and with it all that a miner could choose without work, stays the same.
        var template = lab.Template(Lab.Owner(1));
        var drawn = new HashSet<Script>();
        for (ulong extra = 0; extra < 30; extra++)
        {
            var share = Lab.Mine(template.WithExtraNonce(extra));
            Assert.Equal(template.Header.Commitment, share.Header.Commitment);
            var undo = lab.State.Apply(share, lab.Chain.MedianTimePast);
            drawn.Add(lab.State.Draw().Payout!.Value);
            lab.State.Undo(share, undo);
        }

        Assert.InRange(drawn.Count, 10, 30);
    }

    [Fact]
    public void What_is_not_the_block_of_its_id_is_refused_and_not_remembered()
    {
        var lab = new Lab();
        lab.AddMany(8);
        var coins = lab.State.Coins.Where(lab.State.IsMature).OrderBy(coin => coin.Place).ToArray();
        var good = lab.Next(null, Lab.Spend(coins[0], Lab.Owner(4)), Lab.Spend(coins[1], Lab.Owner(4)));
        var last = good.Transactions[2];
        var witness = new Transaction(
            2, [last.Inputs[0] with { Witness = new Witness(new byte[1]) }], last.Outputs, last.LockTime);
        var sharebase = good.Transactions[0];
        var withWitness = new Transaction(
            2, [sharebase.Inputs[0] with { Witness = new Witness(new byte[32]) }], sharebase.Outputs, 0);

        Refused(ShareRefusal.Sharebase, good with { Transactions = [] });
        Refused(ShareRefusal.TxRoot, good with { Transactions = good.Transactions.RemoveAt(2) });
        Refused(ShareRefusal.DuplicateTransaction, good with { Transactions = good.Transactions.Add(last) });
        Refused(ShareRefusal.WitnessRoot, good with { Transactions = good.Transactions.SetItem(2, witness) });
        Refused(ShareRefusal.SharebaseWitness, good with { Transactions = good.Transactions.SetItem(0, withWitness) });
        Refused(ShareRefusal.MainMerkleRoot, good with { Proof = good.Proof with { Branch = [Hash256.Zero] } });
        Refused(ShareRefusal.MainMerkleRoot, good with { Proof = good.Proof with { MainCoinbase = sharebase } });
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(good).Outcome);

        void Refused(ShareRefusal refusal, ShareBlock other)
        {
            Assert.Equal(good.Id, other.Id);
            lab.AssertRefused(refusal, other);
        }
    }

    [Fact]
    public void Refuses_a_main_coinbase_that_could_be_an_inner_node_of_the_tree()
    {
        // 64 bytes, and a branch from its second half: a coinbase of any other shape might stand below.
        var lab = new Lab();
        var made = new Transaction(
            2, [new TxIn(OutPoint.Null, Lab.Bytes([1, 101, 0]), TxIn.FinalSequence)],
            [new TxOut(Amount.Zero, Lab.Bytes([0x51]))], 0);
        made = new Transaction(
            2, made.Inputs, [new TxOut(Amount.Zero, Lab.Bytes([.. new byte[64 - made.StrippedSize + 1]]))], 0);
        Assert.Equal(64, made.StrippedSize);

        lab.AssertRefused(ShareRefusal.MainCoinbase, lab.Forge(lab.Next(), coinbase: _ => made));
    }

    [Fact]
    public void A_share_refused_once_is_refused_again_without_a_look_at_its_scripts()
    {
        var counting = new Counting();
        var lab = new Lab(scripts: counting);
        lab.AddMany(8);
        var coin = lab.State.Coins.First(lab.State.IsMature);
        lab.Add(null, Lab.Spend(coin, Lab.Bytes([0x00])));
        var next = lab.Next();
        var locked = Assert.Single(lab.State.CoinsOf(Lab.Bytes([0x00])));
        var bad = lab.Forge(next, transactions: [next.Transactions[0], Lab.Spend(locked, Lab.Owner(1))]);
        var before = counting.Calls;

        Assert.Equal(ShareRefusal.Script, lab.Submit(bad).Verdict.Refusal);
        Assert.Equal(before + 1, counting.Calls);
        Assert.Equal(ShareRefusal.Script, lab.Submit(ShareBlock.Parse(bad.ToArray())).Verdict.Refusal);
        Assert.Equal(before + 1, counting.Calls);

        // Its children are refused at once, and wait for nothing.
        lab.Now += 2;
        var child = lab.Forge(bad, header: header => header with { Parent = bad.Id, Height = header.Height + 1 });
        Assert.Equal(ShareRefusal.ParentInvalid, lab.Submit(child).Verdict.Refusal);
    }

    [Fact]
    public void Only_so_many_refused_shares_are_remembered()
    {
        var refused = new RefusedShares();
        for (var i = 0; i <= RefusedShares.Most; i++)
        {
            refused.Add(Id(i), ShareRefusal.Height);
            refused.Add(Id(i), ShareRefusal.Bits);
        }

        Assert.Null(refused.Find(Id(0)));
        Assert.Equal(ShareRefusal.Height, refused.Find(Id(1))!.Value.Refusal);
        Assert.Equal(ShareRefusal.Height, refused.Find(Id(RefusedShares.Most))!.Value.Refusal);

        static ShareId Id(int number) => new(Hash256.DoubleSha256(BitConverter.GetBytes(number)));
    }

    [Theory]
    [InlineData(ShareRefusal.NotFinal)]
    [InlineData(ShareRefusal.SharebaseHeight)]
    [InlineData(ShareRefusal.SigOps)]
    [InlineData(ShareRefusal.Weight)]
    [InlineData(ShareRefusal.TransactionMalformed)]
    [InlineData(ShareRefusal.PayoutBelowSubsidy)]
    [InlineData(ShareRefusal.PayoutExtra)]
    [InlineData(ShareRefusal.DoubleSpend)]
    public void What_needs_no_coins_is_checked_before_a_share_off_the_best_chain_is_stored(ShareRefusal refusal)
    {
        var (a, b) = Pair(8);
        a.AddMany(2);
        b.Now += 1;
        a.Now = b.Now + 100;
        var good = b.Next(Lab.Owner(7));
        var sharebase = good.Transactions[0];
        var spend = Lab.Spend(b.State.Coins.First(b.State.IsMature), Lab.Owner(1));
        var bad = refusal switch
        {
            ShareRefusal.NotFinal => With(new Transaction(
                2, [spend.Inputs[0] with { Sequence = 0 }], spend.Outputs, good.Header.Height)),
            ShareRefusal.SharebaseHeight => b.Forge(good, transactions: [new Transaction(
                2, [sharebase.Inputs[0] with { ScriptSig = Lab.Bytes([1, 99, 0]) }], sharebase.Outputs, 0)]),
            ShareRefusal.SigOps => With(new Transaction(
                2, spend.Inputs, [.. Enumerable.Repeat(
                    new TxOut(b.Profile.LeastOutput, Lab.Bytes([.. Enumerable.Repeat((byte)0xac, 10_000)])), 3)], 0)),
            ShareRefusal.Weight => With(new Transaction(
                2, spend.Inputs, [.. Enumerable.Repeat(new TxOut(b.Profile.LeastOutput, Lab.Bytes(new byte[9_900])), 12)], 0),
                new Transaction(
                    1, [spend.Inputs[0] with { Sequence = 0, PreviousOutput = new OutPoint(spend.Id, 3) }],
                    [.. Enumerable.Repeat(new TxOut(b.Profile.LeastOutput, Lab.Bytes(new byte[9_900])), 14)], 0)),
            ShareRefusal.TransactionMalformed => With(new Transaction(2, spend.Inputs, [], 0)),
            ShareRefusal.PayoutBelowSubsidy => b.Forge(good, outputs: (_, made) =>
                made.SetItem(0, made[0] with { Value = made[0].Value - new Amount(1) })),
            ShareRefusal.PayoutExtra => b.Forge(good, outputs: (_, made) =>
                made.Add(new TxOut(new Amount(1), Lab.Owner(1)))),
            _ => With(spend, Lab.Spend(spend.Inputs[0].PreviousOutput, [new TxOut(b.Profile.LeastOutput, Lab.Owner(1))])),
        };
        var stored = a.Store.Shares.Count();

        a.AssertRefused(refusal, bad);
        Assert.Equal(stored, a.Store.Shares.Count());
        Assert.Equal(ShareOutcome.SideChain, a.Submit(good).Outcome);

        ShareBlock With(params Transaction[] more) => b.Forge(good, transactions: [sharebase, .. more]);
    }

    private static (Lab A, Lab B) Pair(int height)
    {
        var a = new Lab();
        for (var i = 0; i < height; i++)
        {
            a.Add(Lab.Owner(i % 3));
        }

        return (a, a.Twin());
    }

    private sealed class Counting : IScriptRules
    {
        public int Calls { get; private set; }

        public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions)
        {
            Calls += transactions.Count;
            return InterpreterRules.Consensus.Verify(transactions);
        }

        public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) =>
            InterpreterRules.Consensus.SigOpCost(transaction, spent);
    }
}
