using Market.Bitcoin;

namespace Market.Sharechain.Tests;

public sealed class SelectionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_tree_of_sums_agrees_with_a_plain_list(int seed)
    {
        var random = new Random(seed);
        var tree = new SumTree();
        var plain = new List<long>();
        for (var step = 0; step < 2_000; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1 or 2:
                    var weight = random.Next(3) == 0 ? 0 : random.NextInt64(1_000);
                    tree.Append(weight);
                    plain.Add(weight);
                    break;
                case 3 when plain.Count > 0:
                    var place = random.Next(plain.Count);
                    var next = random.NextInt64(1_000);
                    tree.Add(place, next - plain[place]);
                    plain[place] = next;
                    break;
                case 4 when plain.Count > 0 && random.Next(10) == 0:
                    var left = random.Next(plain.Count);
                    tree.Truncate(left);
                    plain.RemoveRange(left, plain.Count - left);
                    break;
                default:
                    AssertSame(tree, plain, random);
                    break;
            }
        }
    }

    [Fact]
    public void A_unit_outside_the_total_is_a_mistake()
    {
        var tree = new SumTree();
        tree.Append(5);
        Assert.Equal(0, tree.Find(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Find(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SumTree().Find(0));
    }

    [Fact]
    public void The_unit_drawn_is_the_tagged_hash_modulo_the_total()
    {
        var parent = new ShareId(new Hash256(Convert.FromHexString(
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")));

        // Computed apart from this code.
        Assert.Equal(UnitOfDraw0, Draws.Unit(parent, 0, 1_000_000_007));
        Assert.Equal(UnitOfDraw1, Draws.Unit(parent, 1, 1_000_000_007));
        Assert.Equal(0, Draws.Unit(parent, 0, 1));
    }

    [Fact]
    public void The_winner_holds_the_unit_in_order_of_creation()
    {
        var lab = new Lab();
        for (var i = 0; i < 60; i++)
        {
            if (lab.State.MatureUnits > 0)
            {
                var unit = Draws.Unit(lab.State.Tip, 0, lab.State.MatureUnits);
                var at = 0L;
                var expected = lab.State.Coins.Where(lab.State.IsMature)
                    .OrderBy(coin => coin.Coin.Height).ThenBy(coin => coin.Place)
                    .First(coin => (at += coin.Value.Sats) > unit);
                Assert.Equal(expected, lab.State.Draw());
            }

            var block = lab.Next(Lab.Owner(i % 4));
            Assert.Equal(ShareOutcome.NewTip, lab.Submit(block).Outcome);
        }
    }

    /// <summary>Pearson's chi squared with 19 degrees of freedom: 43.8 is passed once in a thousand.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Draws_are_spread_by_weight(int seed)
    {
        const int holders = 20;
        const int draws = 20_000;
        var random = new Random(seed);
        var tree = new SumTree();
        var weights = Enumerable.Range(0, holders).Select(_ => random.NextInt64(1, 1_000_000)).ToArray();
        Array.ForEach(weights, tree.Append);
        var wins = new int[holders];
        for (var i = 0; i < draws; i++)
        {
            var id = new ShareId(Hash256.DoubleSha256(BitConverter.GetBytes(seed * 1_000_000L + i)));
            wins[tree.Find(Draws.Unit(id, 0, tree.Total))]++;
        }

        var chiSquared = weights.Zip(wins, (weight, won) =>
        {
            var expected = (double)draws * weight / tree.Total;
            return (won - expected) * (won - expected) / expected;
        }).Sum();
        Assert.InRange(chiSquared, 5, 43.8);
    }

    [Fact]
    public void An_annotation_names_who_is_paid_and_ends_with_the_output()
    {
        var lab = new Lab();
        lab.AddMany(6, Lab.Owner(1));
        var coin = lab.State.Coins.First(lab.State.IsMature);
        var locked = Lab.Owner(50);
        var funding = Lab.Spend(
            coin.OutPoint, [new TxOut(coin.Value, locked), PayoutAnnotation.Output(0, Lab.Owner(7))]);
        var next = lab.Next(Lab.Owner(1), funding);
        lab.Submit(next);
        var held = Assert.Single(lab.State.CoinsOf(locked));
        Assert.Equal(Lab.Owner(7), held.Payout);
        Assert.Empty(lab.State.CoinsOf(Lab.Owner(7)));

        // The draw names the annotated script for as long as the output stands.
        var seen = 0;
        for (var i = 0; i < 40; i++)
        {
            var drawn = lab.State.Draw();
            var paid = lab.Add(Lab.Owner(1)).Proof.MainCoinbase.Outputs[0].ScriptPubKey;
            Assert.Equal(drawn.Payout, paid);
            Assert.NotEqual(locked, paid);
            seen += drawn.OutPoint == held.OutPoint ? 1 : 0;
        }

        Assert.True(seen > 0, "In 40 draws the annotated output was never named.");
        lab.Add(Lab.Owner(1), Lab.Spend(held, Lab.Owner(8)));
        Assert.Equal(Lab.Owner(8), Assert.Single(lab.State.CoinsOf(Lab.Owner(8))).Payout);
    }

    [Fact]
    public void Only_an_exact_annotation_counts_and_the_first_of_two_wins()
    {
        var own = new TxOut(new Amount(5), Lab.Owner(1));
        var good = PayoutAnnotation.Output(0, Lab.Owner(2));
        var second = PayoutAnnotation.Output(0, Lab.Owner(3));
        var elsewhere = PayoutAnnotation.Output(4, Lab.Owner(4));

        Assert.Equal(Lab.Owner(2), Payout(good, second, elsewhere));
        Assert.Equal(Lab.Owner(1), Payout(elsewhere));
        Assert.Equal(Lab.Owner(1), Payout(good with { Value = new Amount(1) }));
        Assert.Equal(Lab.Owner(1), Payout(Raw(0x6a, 3, (byte)'p', (byte)'o', 0)));
        Assert.Equal(Lab.Owner(1), Payout(Raw(0x6a, 5, (byte)'p', (byte)'o', 0, 0x51)));
        Assert.Equal(Lab.Owner(1), Payout(Raw(0x6a, 4, (byte)'p', (byte)'o', 0, 0x6a)));
        Assert.Equal(Lab.Owner(1), Payout(Raw([0x6a, 46, (byte)'p', (byte)'o', 0, .. new byte[43]])));
        Assert.Equal(42, Payout(Raw([0x6a, 45, (byte)'p', (byte)'o', 0, .. new byte[42]]))!.Value.Length);
        Assert.Throws<ArgumentException>(() => PayoutAnnotation.Output(0, Script.Empty));

        Script? Payout(params TxOut[] more)
        {
            var transaction = Lab.Spend(new OutPoint(default, 0), [own, .. more]);
            var payout = PayoutAnnotation.PayoutOf(transaction, 0);
            var all = PayoutAnnotation.ReadAll(transaction);
            Assert.Equal(payout, all?.GetValueOrDefault(0, own.ScriptPubKey) ?? own.ScriptPubKey);
            return payout;
        }

        static TxOut Raw(params byte[] script) => new(Amount.Zero, new Script(script));
    }

    [Theory]
    [InlineData(42, 0xac, 1, true)]
    [InlineData(43, 0xac, 1, false)]
    [InlineData(42, 0xac, 2, false)]
    [InlineData(42, 0xae, 1, false)]
    [InlineData(42, 0x51, 0, true)]
    public void A_script_is_paid_with_at_most_42_bytes_and_one_signature_operation(
        int length, byte check, int checks, bool isPaid)
    {
        var script = new Script(
            (byte[])[.. Enumerable.Repeat((byte)0x51, length - checks), .. Enumerable.Repeat(check, checks)]);
        var plain = Lab.Spend(new OutPoint(default, 0), [new TxOut(new Amount(5), script)]);
        var raw = new TxOut(Amount.Zero, new Script((byte[])[0x6a, (byte)(length + 3), (byte)'p', (byte)'o', 0, .. script.Span]));
        var annotated = Lab.Spend(new OutPoint(default, 0), [new TxOut(new Amount(5), Lab.Owner(1)), raw]);

        Assert.Equal(isPaid ? script : null, PayoutAnnotation.PayoutOf(plain, 0));
        Assert.Equal(isPaid ? script : Lab.Owner(1), PayoutAnnotation.PayoutOf(annotated, 0));
        Assert.Equal(isPaid, PayoutAnnotation.IsPayable(script));
    }

    [Fact]
    public void An_output_without_payout_script_takes_no_part_until_it_is_spent()
    {
        var lab = new Lab();
        var big = Lab.Bytes([.. Enumerable.Repeat((byte)0x51, 43)]);
        lab.AddMany(5, Lab.Owner(1));
        var coin = lab.State.Coins.First(lab.State.IsMature);
        var before = lab.State.MatureUnits;
        var annotated = Lab.Owner(9);
        var half = new Amount(coin.Value.Sats / 2);
        var split = Lab.Spend(
            coin.OutPoint, [new TxOut(half, big), new TxOut(half, big), PayoutAnnotation.Output(1, annotated)]);
        lab.Add(Lab.Owner(1), split);

        Assert.Null(lab.State.Find(new OutPoint(split.Id, 0))!.Payout);
        Assert.Equal(annotated, lab.State.Find(new OutPoint(split.Id, 1))!.Payout);
        Assert.Equal(before - half.Sats + (50 * Amount.Coin), lab.State.MatureUnits);
        Assert.True(SharechainState.TryRestore(lab.State.ToSnapshot(), lab.Profile, lab.Scripts, out var restored));
        Assert.Equal(lab.State.MatureUnits, restored.MatureUnits);
        for (var i = 0; i < 60; i++)
        {
            Assert.NotEqual(big, lab.Add(Lab.Owner(1)).Proof.MainCoinbase.Outputs[0].ScriptPubKey);
        }

        // A sharebase that matures without a payout script adds nothing; spent to a short one it does.
        var unpaid = lab.Add(big).Transactions[0];
        lab.AddMany(5, Lab.Owner(1));
        var minted = lab.State.Find(new OutPoint(unpaid.Id, 0))!;
        Assert.True(lab.State.IsMature(minted));
        Assert.Equal(0, minted.Weight);
        Assert.Equal(
            lab.State.Coins.Where(lab.State.IsMature).Sum(each => each.Weight), lab.State.MatureUnits);
        before = lab.State.MatureUnits;
        lab.Add(Lab.Owner(1), Lab.Spend(minted, Lab.Owner(2)));
        Assert.Equal(before + (2 * 50 * Amount.Coin), lab.State.MatureUnits);
        Assert.Equal(lab.State.StateHash(), lab.Twin().State.StateHash());
    }

    [Fact]
    public void Refuses_to_pay_a_sharebase_without_payout_script_while_nobody_else_could_be_paid()
    {
        var lab = new Lab();
        var big = Lab.Bytes([.. Enumerable.Repeat((byte)0x51, 43)]);
        var block = lab.Next(Lab.Owner(1));
        var old = block.Transactions[0];
        var sharebase = new Transaction(2, old.Inputs, [new TxOut(old.Outputs[0].Value, big)], 0);

        lab.AssertRefused(ShareRefusal.PayoutMissing, lab.Forge(block, transactions: [sharebase]));
        Assert.Throws<ArgumentException>(() => lab.Template(big));
        var annotated = new Transaction(
            2, old.Inputs, [.. sharebase.Outputs, PayoutAnnotation.Output(0, Lab.Owner(1))], 0);
        Assert.Equal(ShareOutcome.NewTip, lab.Submit(lab.Forge(block, transactions: [annotated])).Outcome);
    }

    private const long UnitOfDraw0 = 832808165;
    private const long UnitOfDraw1 = 615921925;

    private static void AssertSame(SumTree tree, List<long> plain, Random random)
    {
        Assert.Equal(plain.Count, tree.Count);
        Assert.Equal(plain.Sum(), tree.Total);
        if (plain.Sum() == 0)
        {
            return;
        }

        var unit = random.NextInt64(plain.Sum());
        var at = 0L;
        var found = plain.FindIndex(weight => (at += weight) > unit);
        Assert.Equal(found, tree.Find(unit, out var within));
        Assert.Equal(unit - (at - plain[found]), within);
    }
}
