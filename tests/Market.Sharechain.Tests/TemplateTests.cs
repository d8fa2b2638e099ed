using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

public sealed class TemplateTests
{
    private readonly Lab _lab = new();

    [Fact]
    public void A_template_is_a_valid_share_and_a_valid_mainchain_block()
    {
        _lab.AddMany(6);
        _lab.Now += 2;
        var (template, coins) = WithMainTransactions();
        var solved = Lab.Solve(template.MainHeader, template.ShareTarget);
        var block = template.ToMainBlock(solved);
        var rules = LedgerRules.Bitcoin(_lab.Scripts);

        Assert.True(BlockChecks.Check(block, rules).IsOk);
        var failure = BlockConnector.Connect(
            coins, block.Transactions, new BlockContext(_lab.Mainchain.Tip.Height + 1, 0), rules, out var effect);
        Assert.Equal("ok", failure.ToString());
        Assert.Equal(1_000, effect!.Fees.Sats);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(template.ToShare(solved)).Outcome);
    }

    [Theory]
    [InlineData(1ul)]
    [InlineData(ulong.MaxValue)]
    public void Another_extra_nonce_is_other_work_for_the_same_share(ulong extraNonce)
    {
        _lab.AddMany(6);
        _lab.Now += 2;
        var (template, _) = WithMainTransactions();
        var other = template.WithExtraNonce(extraNonce);

        Assert.Equal(template.Header.Commitment, other.Header.Commitment);
        Assert.NotEqual(template.MainHeader.MerkleRoot, other.MainHeader.MerkleRoot);
        Assert.Equal(template.MainHeader, other.WithExtraNonce(0).MainHeader);
        var solved = Lab.Solve(other.MainHeader, other.ShareTarget);
        Assert.True(BlockChecks.Check(other.ToMainBlock(solved), LedgerRules.Bitcoin(_lab.Scripts)).IsOk);
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(other.ToShare(solved)).Outcome);
    }

    [Fact]
    public void Work_on_another_mainchain_block_is_work_for_another_share()
    {
        var before = _lab.Template();
        _lab.Mainchain.Grow();
        Assert.NotEqual(before.Header.Commitment, _lab.Template().Header.Commitment);
        Assert.Equal(_lab.Template().Header.Commitment, _lab.Template().Header.Commitment);
    }

    [Fact]
    public void Candidates_that_do_not_fit_are_left_out_and_children_follow_their_parents()
    {
        _lab.AddMany(9);
        var coins = _lab.State.Coins.Where(_lab.State.IsMature).OrderBy(coin => coin.Place).ToArray();
        var parent = Lab.Spend(coins[0], Lab.Owner(2), fee: 10);
        var child = Lab.Spend(new OutPoint(parent.Id, 0), [new TxOut(_lab.Profile.LeastOutput, Lab.Owner(3))]);
        var rival = Lab.Spend(coins[0], Lab.Owner(4), fee: 5_000);
        var cheap = Lab.Spend(coins[1], Lab.Owner(4), fee: 1);
        var dear = Lab.Spend(coins[2], Lab.Owner(4), fee: 100);
        var early = Lab.Spend(_lab.State.Coins.First(coin => !_lab.State.IsMature(coin)), Lab.Owner(4));
        _lab.Now += 2;

        var withoutRival = _lab.Template(null, child, cheap, early, parent, dear, parent);
        Assert.Equal(
            [dear.Id, parent.Id, cheap.Id, child.Id], withoutRival.Transactions[1..].Select(one => one.Id));
        Assert.Equal(111 + (parent.Outputs[0].Value - _lab.Profile.LeastOutput).Sats, withoutRival.Fees.Sats);
        var withRival = _lab.Template(null, child, parent, rival);
        Assert.Equal([rival.Id], withRival.Transactions[1..].Select(one => one.Id));
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(Lab.Mine(withoutRival)).Outcome);
    }

    public static TheoryData<string> RowNames => Rows.Names;

    [Theory, MemberData(nameof(RowNames))]
    public void A_template_addressed_to_another_miner_is_the_one_that_is_built_for_it(string row)
    {
        var lab = new Lab(Rows.Of(row));
        var longest = Lab.Bytes([0x60, 0x28, .. new byte[40]]);
        for (var height = 1; height <= 9; height++)
        {
            lab.Now += lab.Profile.TargetSpacing;
            var miner = Lab.Owner(30 + height);
            var (made, built) = (lab.Template(longest).PaidTo(miner), lab.Template(miner));
            Assert.Equal(built.Header.Commitment, made.Header.Commitment);
            Assert.Equal(built.MainHeader, made.MainHeader);
            Assert.Equal(built.Winners, made.Winners);
            Assert.Equal(ShareOutcome.NewTip, lab.Submit(Lab.Mine(made.WithExtraNonce(7))).Outcome);
        }
    }

    [Fact]
    public void A_template_with_transactions_is_addressed_as_it_is_built()
    {
        _lab.AddMany(_lab.Profile.Maturity + 1, Lab.Owner(1));
        var coin = _lab.State.Coins.OrderBy(coin => coin.Place).First(_lab.State.IsMature);
        var spend = Lab.Spend(coin.OutPoint, [new TxOut(coin.Value, Lab.Owner(2))]);
        var (made, built) = (_lab.Template(Lab.AnybodysWitness, spend).PaidTo(Lab.Owner(1)), _lab.Template(Lab.Owner(1), spend));
        Assert.Equal(2, made.Transactions.Length);
        Assert.Equal(built.Header.Commitment, made.Header.Commitment);
        Assert.Equal(built.MainHeader, made.MainHeader);
    }

    // Of outputs that all have one size: each fee of one is an output more in the sharebase.
    [Fact]
    public void A_full_share_has_room_for_the_outputs_that_its_fees_make()
    {
        var lab = new Lab(Lab.EasyOf(Rows.Of("p2share-join-devnet")));
        lab.AddMany(lab.Profile.Maturity + 3, Lab.Owner(1));
        var coins = lab.State.Coins.Where(lab.State.IsMature).OrderBy(coin => coin.Place).ToList();
        const int many = 60;
        Assert.True(coins.Count > many);

        // They would fill it to the brim, but for what their fees add.
        lab.Now += lab.Profile.TargetSpacing;
        var empty = Lab.Mine(lab.Template(Lab.AnybodysWitness));
        var room = lab.Profile.MaxWeight - 4 * empty.BaseSize - empty.Transactions[0].Weight - 2_000;
        var padding = (room / many - Padded(coins[0], 1).Weight) / 4 - 4;
        var all = coins[..many].Select(coin => Padded(coin, padding)).ToArray();
        var template = lab.Template(Lab.AnybodysWitness, all);
        Assert.InRange(template.Transactions.Length, many / 2, many);
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(Lab.Mine(template)).Outcome);

        static Transaction Padded(ShareCoin coin, int padding) => Lab.Spend(
            coin.OutPoint, [new TxOut(Amount.Zero, Lab.Bytes([(byte)Opcode.OP_RETURN, .. new byte[padding]]))]);
    }

    [Fact]
    public void A_template_has_no_room_for_a_longer_script_than_it_was_built_for()
    {
        var template = _lab.Template(Lab.Owner(1));
        Assert.Throws<ArgumentException>(() => template.PaidTo(Lab.AnybodysWitness));
        Assert.Throws<ArgumentException>(() => _lab.Template(Lab.AnybodysWitness).PaidTo(Lab.Bytes(new byte[43])));
        Assert.Throws<ArgumentException>(() => _lab.Template(Lab.AnybodysWitness).PaidTo(Lab.Bytes([0xac, 0xac])));
    }

    [Fact]
    public void The_time_of_a_template_is_above_the_median_even_with_a_slow_clock()
    {
        _lab.AddMany(12);
        _lab.Now -= 10_000;
        var template = _lab.Template();
        Assert.Equal(_lab.Chain.MedianTimePast + 1, template.Header.Time);
        _lab.Now += 10_000;
        Assert.Equal(ShareOutcome.NewTip, _lab.Submit(Lab.Mine(template)).Outcome);
    }

    [Fact]
    public void A_long_tag_is_refused() => Assert.Throws<ArgumentException>(() => ShareTemplates.Build(
        _lab.Chain, new ShareTemplateRequest(Lab.Owner(1), [], _lab.Work(), _lab.Now, new byte[33])));

    [Fact]
    public void Every_row_is_enforced_and_one_that_were_not_would_run_no_chain()
    {
        Assert.Equal(16, SharechainProfile.All.Length);
        Assert.Equal(16, SharechainProfile.All.DistinctBy(profile => profile.GenesisId).Count());
        Assert.Equal("p2share", SharechainProfile.Find("p2share")!.Name);
        Assert.Null(SharechainProfile.Find("P2SHARE"));
        Assert.All(SharechainProfile.All, profile => Assert.True(profile.IsEnforced));
        Assert.Throws<NotSupportedException>(() => new Lab(SharechainProfiles.P2ShareDevnet with { IsEnforced = false }));
    }

    [Fact]
    public void Genesis_of_a_profile_never_changes()
    {
        Assert.Equal(GenesisDevnet, SharechainProfiles.P2ShareDevnet.GenesisId.ToString());
        Assert.Equal(GenesisReal, SharechainProfiles.P2Share.GenesisId.ToString());
    }

    private const string GenesisDevnet = "406191537885a81f7660b6cb4ad9d5f475c4f39583f35e54103d0a5b9360342c";
    private const string GenesisReal = "e9935f4f6f8bd108d3f78d541f24c826b52b48d53b04d4a479dae29933546adc";

    private (ShareTemplate Template, CoinSet Coins) WithMainTransactions()
    {
        var coins = new CoinSet();
        var main = ImmutableArray.CreateBuilder<Transaction>();
        for (byte i = 0; i < 4; i++)
        {
            var from = new OutPoint(new TxId(Hash256.DoubleSha256([i])), 0);
            var script = i == 2 ? Lab.AnybodysWitness : Lab.Owner(i);
            var witness = i == 2 ? new Witness(Lab.Bytes([0x51]).ToArray()) : default;
            coins.Add(from, new Coin(new TxOut(new Amount(10_250), script), 1, false, 0));
            main.Add(new Transaction(
                2,
                [new TxIn(from, Script.Empty, TxIn.FinalSequence, witness)],
                [new TxOut(new Amount(10_000), Lab.Owner(9))],
                0));
        }

        var work = _lab.Work() with
        {
            Transactions = main.ToImmutable(),
            CoinbaseValue = _lab.Mainchain.SubsidyNow + new Amount(1_000),
        };
        var request = new ShareTemplateRequest(Lab.Owner(1), [], work, _lab.Now, "/market/"u8.ToArray());
        return (ShareTemplates.Build(_lab.Chain, request), coins);
    }
}
