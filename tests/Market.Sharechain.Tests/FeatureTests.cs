using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>
/// The proposed rules of scripts, each by an output that it holds: the row that has them enforces them in its blocks, and on every
/// other row anybody spends the output, as on Bitcoin.
/// </summary>
public sealed class FeatureTests
{
    private static readonly SharechainProfile Next = Lab.EasyOf(SharechainProfile.Find("p2share-next-devnet")!);
    private static readonly PrivateKey Key = PrivateKey.Create([.. Enumerable.Repeat((byte)5, 32)]);
    private static readonly PrivateKey Other = PrivateKey.Create([.. Enumerable.Repeat((byte)6, 32)]);
    private static readonly byte[] Message = [.. Enumerable.Repeat((byte)7, 40)];
    private static readonly byte[] OtherHash = [.. Enumerable.Repeat((byte)8, 32)];

    private static readonly Dictionary<string, Feature> Features = new()
    {
        ["BIP118"] = new(
            Leaf(script => script.PushBytes([TaprootSpend.AnyPrevoutKey, .. Key.PublicKey.XOnly.Span]).Op(Opcode.OP_CHECKSIG)),
            (spend, leaf) => [AnyPrevout(Key, spend, leaf)],
            (spend, leaf) => [AnyPrevout(Other, spend, leaf)]),
        ["BIP119"] = new(
            Leaf(script => script.Op(Opcode.OP_CHECKTEMPLATEVERIFY)),
            (spend, _) => [spend.Templates.CheckTemplateVerify(0).ToArray()],
            (_, _) => [OtherHash]),
        ["BIP347"] = new(
            Leaf(script => script.Op(Opcode.OP_CAT).PushBytes("abcd"u8).Op(Opcode.OP_EQUAL)),
            (_, _) => ["ab"u8.ToArray(), "cd"u8.ToArray()],
            (_, _) => ["cd"u8.ToArray(), "ab"u8.ToArray()]),
        ["BIP348"] = new(
            Leaf(script => script.PushBytes(Key.PublicKey.XOnly.Span).Op(Opcode.OP_CHECKSIGFROMSTACK)),
            (_, _) => [Key.SignSchnorr(Message, OtherHash).Span.ToArray(), Message],
            (_, _) => [Other.SignSchnorr(Message, OtherHash).Span.ToArray(), Message]),
        ["BIP349"] = new(
            Leaf(script => script.Op(Opcode.OP_INTERNALKEY).Op(Opcode.OP_EQUAL)),
            (_, _) => [XOnlyPublicKey.Nums.Span.ToArray()],
            (_, _) => [Key.PublicKey.XOnly.Span.ToArray()]),
        ["BIP446"] = new(
            Leaf(script => script.Op(Opcode.OP_TEMPLATEHASH).Op(Opcode.OP_EQUAL)),
            (spend, _) => [spend.Templates.TemplateHash(0).ToArray()],
            (_, _) => [OtherHash]),
    };

    public static TheoryData<string> Names => [.. Features.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_block_spends_an_output_by_each_feature_and_not_against_it(string name)
    {
        var feature = Features[name];
        var lab = new Lab(Next);
        var coin = Fund(lab, feature.Tree);
        var wrong = Spend(coin, feature.Tree, feature.Wrong);
        var block = lab.Next(Lab.Owner(1));
        lab.AssertRefused(ShareRefusal.Script, lab.Forge(block, transactions: [block.Transactions[0], wrong]));
        lab.Now -= Next.TargetSpacing;

        var right = Spend(coin, feature.Tree, feature.Right);
        lab.Add(Lab.Owner(1), right);
        Assert.NotNull(lab.State.Find(new OutPoint(right.Id, 0)));
        lab.Twin();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_the_feature_anybody_spends_the_output(string name)
    {
        var feature = Features[name];
        var lab = new Lab();
        var wrong = Spend(Fund(lab, feature.Tree), feature.Tree, feature.Wrong);

        lab.Add(Lab.Owner(1), wrong);
        Assert.NotNull(lab.State.Find(new OutPoint(wrong.Id, 0)));
    }

    [Fact]
    public void One_row_has_every_feature_and_all_others_have_none()
    {
        Assert.Equal(ScriptProposal.All.Select(proposal => proposal.Name), Features.Keys);
        Assert.All(SharechainProfile.All, row => Assert.Equal(
            row.Name.StartsWith("p2share-next", StringComparison.Ordinal) ? ScriptFlags.Proposed : ScriptFlags.None, row.Features));
    }

    [Fact]
    public void A_row_adds_nothing_but_proposals_and_only_to_an_interpreter_that_knows_them()
    {
        Assert.Throws<ArgumentException>(() => new Lab(Next with { Features = ScriptFlags.MINIMALDATA }));
        Assert.Throws<NotSupportedException>(() => new Lab(Next, scripts: new Unknowing()));
        Assert.NotNull(new Lab(scripts: new Unknowing()));
    }

    // Rewards go to a plain script: Bitcoin has no such rules.
    private static ShareCoin Fund(Lab lab, TapTree tree)
    {
        lab.AddMany(lab.Profile.Maturity + 1, Lab.Owner(1));
        var coin = lab.State.Coins.OrderBy(coin => coin.Place).First(lab.State.IsMature);
        var funding = Lab.Spend(coin.OutPoint, [
            new TxOut(coin.Value, Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash)),
            PayoutAnnotation.Output(0, Lab.Owner(2))]);
        lab.Add(Lab.Owner(1), funding);
        var funded = lab.State.Find(new OutPoint(funding.Id, 0))!;
        Assert.Equal(Lab.Owner(2), funded.Payout);
        return funded;
    }

    private static Transaction Spend(ShareCoin coin, TapTree tree, Satisfier satisfy)
    {
        var unsigned = Lab.Spend(coin.OutPoint, [new TxOut(coin.Value, Lab.Owner(3))]);
        var items = satisfy(new PrecomputedTransaction(unsigned, [coin.Coin.Output]), tree.Hash);
        var leaf = tree.Leaves[0];
        var witness = new Witness([.. items, leaf.Script.ToArray(), leaf.ControlBlock(XOnlyPublicKey.Nums)]);
        return new Transaction(2, [unsigned.Inputs[0] with { Witness = witness }], unsigned.Outputs, 0);
    }

    private static byte[] AnyPrevout(PrivateKey key, PrecomputedTransaction spend, Hash256 leaf)
    {
        const SighashType Type = SighashType.All | SighashType.AnyPrevout;
        var path = TaprootSpend.ScriptPath(leaf) with { KeyVersion = TaprootSpend.AnyPrevoutKey };
        Assert.True(spend.TryTaprootSighash(0, Type, path, out var hash));
        return key.SignSchnorr(hash, OtherHash).ToWitnessItem(Type);
    }

    private static TapTree Leaf(Func<ScriptBuilder, ScriptBuilder> write) => TapTree.Leaf(write(new ScriptBuilder()).Build());

    private delegate byte[][] Satisfier(PrecomputedTransaction spend, Hash256 leaf);

    private sealed record Feature(TapTree Tree, Satisfier Right, Satisfier Wrong);

    private sealed class Unknowing : Market.Bitcoin.Ledger.IScriptRules
    {
        public FailedInput? Verify(IReadOnlyList<PrecomputedTransaction> transactions) => null;

        public int SigOpCost(Transaction transaction, ReadOnlySpan<TxOut> spent) => 0;
    }
}
