using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

/// <summary>Late work: a mainchain block that lost its race is registered, and its key is an authority for a term.</summary>
public sealed class LateWorkTests
{
    private static readonly Hash256 Key = new(XOnlyPublicKey.Nums.Span);

    private readonly Lab _lab = new();

    public LateWorkTests()
    {
        _lab.AddMany(7, Lab.Owner(1));
        _lab.Mainchain.Grow(60);
    }

    private PlainMainchain Main => _lab.Mainchain;

    private int Race => Main.Tip.Height - 6;

    [Fact]
    public void A_block_that_lost_is_registered_and_its_key_counts_until_its_term_is_over()
    {
        var late = Lost(Race);
        Add(late);

        var work = Assert.Single(_lab.State.Late);
        Assert.Equal(new LateWork(late.Header.Id, Race, Key), work);
        Assert.True(_lab.State.IsRegistered(late.Header.Id));
        Assert.Equal([work], _lab.State.Authorities(Race + 500));
        Assert.Empty(_lab.State.Authorities(Race + 501));
        Assert.Equal(_lab.State.StateHash(), _lab.Twin().State.StateHash());
    }

    [Fact]
    public void It_is_registered_once_and_two_of_one_height_both_count()
    {
        var (first, second) = (Lost(Race), Lost(Race, extra: 2));
        Add(first);
        Add(first);
        Assert.Single(_lab.State.Late);
        Add(second, first);
        Assert.Equal(2, _lab.State.Late.Count);
        Add(Lost(Race - 1), Lost(Race - 2), Lost(Race - 1));
        Assert.Equal(4, _lab.State.Late.Count);
    }

    [Fact]
    public void Of_a_share_the_first_four_count_and_the_others_may_come_again()
    {
        var late = Enumerable.Range(0, 6).Select(i => Lost(Race - i)).ToArray();
        Add(late);
        Assert.Equal(late[..4].Select(each => each.Header.Id).ToHashSet(), _lab.State.Late.Select(each => each.Block).ToHashSet());
        Add(late[4..]);
        Assert.Equal(6, _lab.State.Late.Count);
        Add([.. Enumerable.Repeat(late[0], 100)]);
        Assert.Equal(6, _lab.State.Late.Count);
        Assert.Equal(4, LateRegistration.ReadAll(Carry([.. Enumerable.Repeat(late[0], 100)])).Count());
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(5, (int)LateRefusal.TooEarly)]
    [InlineData(50, 0)]
    [InlineData(51, (int)LateRefusal.TooLate)]
    public void The_race_must_be_over_and_the_window_open(int below, int refusal) =>
        Assert.Equal((LateRefusal)refusal, Offer(Lost(Main.Tip.Height - below)));

    [Fact]
    public void What_won_never_qualifies()
    {
        var late = Lost(Main.Tip.Height + 1);
        Main.Grow(late.Header.Id);
        Main.Grow(6);

        Assert.Equal(LateRefusal.Winner, Offer(late));
        Assert.Equal(LateRefusal.None, Offer(Lost(Main.Tip.Height - 6, extra: 3)));
    }

    [Fact]
    public void Its_parent_is_the_active_block_below_it()
    {
        var stale = Main.Ancestor(Main.Tip.Id, Race - 2)!.Value;
        var late = Lost(Race);

        Assert.Equal(LateRefusal.Parent, Offer(Solved(late with { Header = late.Header with { Previous = stale } })));
    }

    [Fact]
    public void Its_bits_are_the_mainchains_and_its_work_the_rows_part_of_them()
    {
        var late = Lost(Race);
        Assert.Equal(
            LateRefusal.Bits, Offer(Solved(late with { Header = late.Header with { Bits = new CompactTarget(0x2070ffff) } })));

        // A sixteenth of the target 2^240: it is enough on a devnet, and not where the whole work is asked for.
        var rule = new LateRule(6, 50, 500, 16);
        var hard = new HardMainchain(Main);
        var weak = Solved(late with { Header = late.Header with { Bits = HardMainchain.Bits } }, ease: 16);
        Assert.Equal(LateRefusal.None, LateChecks.Check(weak, Main.Tip, rule, hard, out _));
        Assert.Equal(LateRefusal.Work, LateChecks.Check(weak, Main.Tip, rule with { Ease = 1 }, hard, out _));
    }

    [Fact]
    public void Its_coinbase_is_one_of_its_height_that_leads_to_the_root_and_names_one_key()
    {
        var late = Lost(Race);
        Assert.Equal(LateRefusal.Coinbase, Offer(late with { Branch = [Hash256.Zero] }));
        Assert.Equal(LateRefusal.Coinbase, Offer(With(late, Main.Tip.Height + 400, LateRegistration.KeyOutput(Key))));
        Assert.Equal(LateRefusal.Key, Offer(With(late, Race)));
        Assert.Equal(
            LateRefusal.Key, Offer(With(late, Race, LateRegistration.KeyOutput(Key), LateRegistration.KeyOutput(Key))));
        var off = new Hash256(Enumerable.Repeat((byte)0xff, Hash256.Length).ToArray());
        Assert.Equal(LateRefusal.Key, Offer(With(late, Race, LateRegistration.KeyOutput(off))));
        var spend = Lab.Spend(new OutPoint(default, 0), late.Coinbase.Outputs);
        Assert.Equal(LateRefusal.Coinbase, Offer(late with { Coinbase = spend }));
    }

    [Fact]
    public void What_is_not_exactly_of_the_form_registers_nothing()
    {
        var outputs = Lost(Race).ToOutputs();
        Assert.Single(Read(outputs));
        Assert.Empty(Read([outputs[1], outputs[0]]));
        Assert.Empty(Read([outputs[0]]));
        Assert.Empty(Read([outputs[0] with { Value = new Amount(1) }, outputs[1]]));
        Assert.Empty(Read([outputs[0], outputs[1] with { ScriptPubKey = Lab.Bytes([.. outputs[1].ScriptPubKey.Span, 0]) }]));
        Assert.Equal(2, Read([.. outputs, .. outputs]).Length);
        Assert.Equal(Lost(Race).Header, Read(outputs)[0].Header);

        static ImmutableArray<LateRegistration> Read(ImmutableArray<TxOut> outputs) =>
            LateRegistration.ReadAll(Lab.Spend(new OutPoint(default, 0), outputs));
    }

    // A push of 84 bytes has one byte of length behind OP_PUSHDATA1, one of 256 and more two behind OP_PUSHDATA2.
    [Theory]
    [InlineData(0, new byte[] { 0x4c, 84 }, true)]
    [InlineData(0, new byte[] { 0x4d, 84, 0 }, false)]
    [InlineData(0, new byte[] { 0x4e, 84, 0, 0, 0 }, false)]
    [InlineData(1, new byte[] { 0x4c }, true)]
    [InlineData(1, new byte[] { 0x4d }, false)]
    [InlineData(1, new byte[] { 0x4e }, false)]
    [InlineData(2, new byte[] { 0x4d }, true)]
    [InlineData(2, new byte[] { 0x4e }, false)]
    public void A_push_has_its_shortest_form_alone(int which, byte[] prefix, bool isRead)
    {
        // A coinbase that makes the annex a little longer than 75 bytes, and longer than 255.
        var late = Lost(Race);
        var note = new TxOut(new Amount(2), new Script(new byte[200]));
        late = which == 2 ? With(late, Race, LateRegistration.KeyOutput(Key), note) : late;
        var outputs = late.ToOutputs();
        var at = which == 0 ? 0 : 1;
        var old = outputs[at].ScriptPubKey.ToArray();
        var usual = which == 2 ? 4 : 3;
        var body = old[usual..];
        byte[] lengthened = prefix.Length > 1 ? prefix : prefix[0] switch
        {
            0x4c => [0x4c, (byte)body.Length],
            0x4d => [0x4d, (byte)body.Length, (byte)(body.Length >> 8)],
            _ => [0x4e, (byte)body.Length, (byte)(body.Length >> 8), 0, 0],
        };
        var changed = outputs.SetItem(at, outputs[at] with { ScriptPubKey = Lab.Bytes([0x6a, .. lengthened, .. body]) });
        var spend = Lab.Spend(new OutPoint(default, 0), changed);
        Assert.Equal(isRead ? 1 : 0, LateRegistration.ReadAll(spend).Length);
        Assert.Equal(isRead, changed.SequenceEqual(outputs));
    }

    [Fact]
    public void A_key_that_is_pushed_longer_than_it_has_to_be_is_none()
    {
        var plain = LateRegistration.KeyOutput(Key);
        var body = plain.ScriptPubKey.ToArray()[2..];
        Assert.Equal(36, body.Length);
        var longer = plain with { ScriptPubKey = Lab.Bytes([0x6a, 0x4c, 36, .. body]) };
        Assert.Equal(LateRefusal.Key, Offer(With(Lost(Race), Race, longer)));
        Assert.Equal(LateRefusal.None, Offer(With(Lost(Race), Race, plain, longer)));
    }

    [Fact]
    public void A_reorganisation_of_the_sharechain_takes_it_back_and_snapshots_hold_it()
    {
        var rival = _lab.Twin();
        var late = Lost(Race);
        Add(late);
        Assert.True(SharechainState.TryRestore(_lab.State.ToSnapshot(), _lab.Profile, _lab.Scripts, out var state));
        Assert.Equal(_lab.State.Late, state.Late);
        var undo = _lab.Store.GetUndo(_lab.Chain.TipNode.Id)!;
        Assert.Equal(1, ShareUndo.Parse(undo.ToArray())!.Registered);

        rival.AddMany(2, Lab.Owner(2));
        _lab.Now = rival.Now;
        _lab.Submit(ReorgTests.Block(rival, 8));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(ReorgTests.Block(rival, 9)).Outcome);
        Assert.Empty(_lab.State.Late);
        Assert.Equal(rival.State.StateHash(), _lab.State.StateHash());
        Add(late);
        Assert.Single(_lab.State.Late);
    }

    [Fact]
    public void A_reorganisation_of_the_mainchain_is_seen_from_the_share_that_registers()
    {
        // Two branches of the mainchain: what lost on one is what won on the other.
        var fork = Main.Tip;
        var late = Lost(fork.Height + 1);
        Main.Grow(7);
        var here = Carry(late);
        Main.Grow(late.Header.Id, onTop: fork);
        Main.Grow(6);
        var there = Carry(late);
        var twin = _lab.Twin();

        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(here).Outcome);
        Assert.Single(_lab.State.Late);
        Assert.Equal(ShareOutcome.NewTip, twin.Submit(there).Outcome);
        Assert.Empty(twin.State.Late);

        // Reopened without asking the mainchain again.
        var index = _lab.Store.Shares.Select(share => ShareIndexEntry.Of(
            share.Block, share.MainHeight, ShareFacts.Parse(share.Facts.ToArray())!));
        var again = ShareChain.Open(
            new SharechainState(_lab.Profile, _lab.Scripts), _lab.Store, index, _lab.Store.Tip);
        Assert.Equal(_lab.State.StateHash(), again.State.StateHash());
    }

    [Fact]
    public void A_share_waits_where_the_mainchains_blocks_are_not_known()
    {
        var share = Carry(Lost(Race));
        Main.Forgotten = Main.Tip.Height;
        _lab.AssertRefused(ShareRefusal.MainPreviousUnknown, share);
        Main.Forgotten = 0;
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(share).Outcome);
        Assert.Single(_lab.State.Late);
    }

    [Fact]
    public void Where_nothing_can_be_spent_the_sharebase_carries_it()
    {
        var lab = new Lab(Rows.Of("p2pool-devnet"), Main);
        lab.AddMany(2);
        var plain = lab.Next();
        var sharebase = plain.Transactions[0];
        var late = Lost(Race);
        var carrying = new Transaction(2, sharebase.Inputs, sharebase.Outputs.AddRange(late.ToOutputs()), 0);

        Assert.Equal(ShareOutcome.NewTip, lab.Submit(lab.Forge(plain, transactions: [carrying])).Outcome);
        Assert.True(lab.State.IsRegistered(late.Header.Id));
    }

    [Fact]
    public void A_template_carries_the_first_four_that_have_room_whatever_stands_between()
    {
        // Half of a share is 500,000 of weight: four times its bytes.
        var huge = Noted(0, 130_000);
        var (first, second, third) = (Noted(1, 60_000), Noted(2, 60_000), Noted(3, 10_000));
        LateRegistration[] small = [Lost(Race - 4), Lost(Race - 5), Lost(Race - 6)];
        AssertCarried(_lab, [first, second, small[0]], [huge, first, second, third, huge, small[0]]);
        AssertCarried(_lab, [first, .. small], [first, .. small, Lost(Race - 7)]);

        LateRegistration Noted(int below, int bytes) => With(
            Lost(Race - below), Race - below, LateRegistration.KeyOutput(Key),
            new TxOut(new Amount(1), new Script(new byte[bytes])));
    }

    [Theory]
    [InlineData("p2poolv2-devnet")]
    [InlineData("p2share-weak-devnet")]
    public void Where_shares_are_named_a_sharebase_has_to_be_short_and_carries_none(string row)
    {
        var lab = new Lab(Rows.Of(row), Main);
        lab.AddMany(2);
        AssertCarried(lab, [], [Lost(Race)]);
    }

    private static void AssertCarried(Lab lab, LateRegistration[] expected, LateRegistration[] offered)
    {
        lab.Now += lab.Profile.TargetSpacing;
        var template = ShareTemplates.Build(
            lab.Chain, new ShareTemplateRequest(Lab.Owner(1), [], lab.Work(), lab.Now) { Late = [.. offered] });
        Assert.Equal(
            expected.Select(late => late.Header.Id),
            LateRegistration.ReadAll(template.Transactions[0]).Select(late => late.Header.Id));
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(Lab.Mine(template)).Outcome);
        Assert.All(expected, late => Assert.True(lab.State.IsRegistered(late.Header.Id)));
    }

    // A block of a height that nobody builds on.
    private LateRegistration Lost(int height, byte extra = 1)
    {
        var below = Main.Ancestor(Main.Tip.Id, height - 1)!.Value;
        var header = new BlockHeader(0x20000000, below, Hash256.Zero, PlainMainchain.MedianTimePast + 1, PlainMainchain.Bits, 0);
        return With(
            new LateRegistration(header, Lab.Spend(OutPoint.Null, []), []), height, LateRegistration.KeyOutput(Key),
            new TxOut(new Amount(extra), Lab.Owner(extra)));
    }

    private static LateRegistration With(LateRegistration late, int height, params TxOut[] outputs)
    {
        var input = late.Coinbase.Inputs[0] with { ScriptSig = Lab.Bytes([.. CoinbaseHeight.Push(height), 1, 0]) };
        var coinbase = new Transaction(2, [input], [new TxOut(new Amount(5), Lab.Owner(9)), .. outputs], 0);
        return Solved(late with { Coinbase = coinbase, Header = late.Header with { MerkleRoot = coinbase.Id.Value } });
    }

    // Work of just so much: not of the whole target where a part is asked for.
    private static LateRegistration Solved(LateRegistration late, int ease = 1)
    {
        Assert.True(late.Header.Bits.TryExpand(out var target));
        for (uint nonce = 0; ; nonce++)
        {
            var header = late.Header with { Nonce = nonce };
            var hash = header.Id.Value.ToU256().ToBigInteger();
            if (hash <= target.ToBigInteger() * ease && (ease == 1 || hash > target.ToBigInteger()))
            {
                return late with { Header = header };
            }
        }
    }

    private ShareBlock Carry(params LateRegistration[] late)
    {
        var coin = _lab.State.Coins.Where(_lab.State.IsMature).OrderBy(each => each.Place).First();
        ImmutableArray<TxOut> outputs =
            [new TxOut(coin.Value, Lab.Owner(1)), .. late.SelectMany(each => each.ToOutputs().AsEnumerable())];
        return _lab.Next(Lab.Owner(1), Lab.Spend(coin.OutPoint, outputs));
    }

    private void Add(params LateRegistration[] late) =>
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(Carry(late)).Outcome);

    // What is not registered makes no share invalid.
    private LateRefusal Offer(LateRegistration late)
    {
        var before = _lab.State.Late.Count;
        var refusal = LateChecks.Check(late, Main.Tip, _lab.Profile.Late!, Main, out _);
        Add(late);
        Assert.Equal(refusal == LateRefusal.None ? before + 1 : before, _lab.State.Late.Count);
        return refusal;
    }

    // The same mainchain at a difficulty of 2^16 hashes.
    private sealed class HardMainchain(PlainMainchain inner) : IMainchainView
    {
        public static readonly CompactTarget Bits = new(0x1f00ffff);

        public MainchainPoint? Find(BlockId id) => inner.Find(id) is { } point ? point with { NextBits = Bits } : null;

        public BlockId? Ancestor(BlockId from, int height) => inner.Ancestor(from, height);

        public Amount Subsidy(int height) => inner.Subsidy(height);
    }
}
