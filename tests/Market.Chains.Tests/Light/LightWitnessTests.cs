using Market.Bitcoin;
using Market.Chains.Light;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Light;

/// <summary>A light client shows no spend that nobody can confirm, and no false copy of a transaction in place of the true
/// one.</summary>
public sealed class LightWitnessTests
{
    private static readonly PrivateKey Key = PrivateKey.Create([.. Enumerable.Repeat((byte)7, 32)]);
    private static readonly byte[] Preimage = [.. Enumerable.Repeat((byte)9, 32)];
    private static readonly OutPoint Coin = new(new TxId(Hash256.DoubleSha256([1])), 0);

    public static TheoryData<string> Kinds => ["key", "hash", "taproot"];

    [Theory, MemberData(nameof(Kinds))]
    public void A_spend_is_judged_by_its_witness_where_its_coin_is_known(string kind)
    {
        var (coin, spend) = Spend(kind);
        var judge = new LightJudge(outPoint => outPoint == Coin ? coin : null);

        Assert.Equal(Spending.Proven, judge.Judge(spend));
        Assert.Equal(Spending.Refuted, judge.Judge(With(spend, Witness.Empty)));
        var items = spend.Inputs[0].Witness.Items.AsEnumerable().Select(item => item.ToArray()).ToArray();
        items[0][3] ^= 1;
        Assert.Equal(Spending.Refuted, judge.Judge(With(spend, new Witness(items))));
        Assert.Equal(Spending.Unknown, new LightJudge(_ => null).Judge(spend));
    }

    [Fact]
    public void What_is_signed_over_coins_that_are_not_known_is_not_judged()
    {
        var (coin, spend) = Spend("taproot");
        var judge = new LightJudge(outPoint => outPoint == Coin ? coin : null);
        var other = new TxIn(new OutPoint(new TxId(Hash256.DoubleSha256([2])), 0), Script.Empty, TxIn.FinalSequence);
        Assert.Equal(
            Spending.Unknown, judge.Judge(new Transaction(2, [spend.Inputs[0], other], spend.Outputs, 0)));

        // Those of version 0 do not depend on it.
        var (hashed, claim) = Spend("hash");
        var judging = new LightJudge(outPoint => outPoint == Coin ? hashed : null);
        Assert.Equal(
            Spending.Refuted,
            judging.Judge(new Transaction(2, [claim.Inputs[0] with { Witness = Witness.Empty }, other], claim.Outputs, 0)));
    }

    [Fact]
    public void Copies_of_a_transaction_with_other_witnesses_stand_beside_it_until_one_is_proven()
    {
        var (_, spend) = Spend("key");
        var pool = new LightMempool();
        pool.Watch(spend.Outputs[0].ScriptPubKey);
        var stripped = With(spend, Witness.Empty);
        Assert.True(pool.Add(stripped, 1));
        Assert.True(pool.Add(spend, 1));
        Assert.False(pool.Add(spend, 1));
        Assert.Equal(2, pool.VersionsOf(spend.Id).Length);
        Assert.Single(pool.All());
        Assert.Single(pool.Paying(spend.Outputs[0].ScriptPubKey));

        // However many are made up, they are bounded, and an own one stays.
        Assert.True(pool.Add(With(spend, Item(1)), 1, keep: true));
        for (var i = 0; i < 4 * LightMempool.MostVersions; i++)
        {
            pool.Add(With(spend, Item(2, (byte)i)), 1);
        }

        Assert.Equal(LightMempool.MostVersions, pool.VersionsOf(spend.Id).Length);
        Assert.Equal(Item(1), pool.VersionsOf(spend.Id)[0].Inputs[0].Witness);

        // The proven one is enough, and none takes its place.
        Assert.True(pool.Add(spend, 1, isProven: true));
        Assert.False(pool.Add(stripped, 1));
        Assert.Equal(2, pool.VersionsOf(spend.Id).Length);
        pool.Confirm(new Block(NetworkProfile.Of("regtest").Genesis, [spend]));
        Assert.Empty(pool.All());
        Assert.Empty(pool.Spending(Coin));
    }

    private static (TxOut Coin, Transaction Spend) Spend(string kind)
    {
        var locked = new ScriptBuilder().Op(Opcode.OP_SHA256).Push(Hash(Preimage)).Op(Opcode.OP_EQUAL).Build();
        var coin = new TxOut(new Amount(50_000), kind switch
        {
            "key" => Script.P2wpkh(Key.PublicKey),
            "hash" => Script.P2wsh(locked),
            _ => Script.P2tr(Key.PublicKey.XOnly),
        });
        var bare = new Transaction(
            2, [new TxIn(Coin, Script.Empty, TxIn.FinalSequence)], [new TxOut(new Amount(49_000), Coins.Owner(3))], 0);
        var precomputed = new PrecomputedTransaction(bare, [coin]);
        switch (kind)
        {
            case "key":
                var signature = Key.SignEcdsa(precomputed.P2wpkhSighash(0, Key.PublicKey.Hash160));
                return (coin, With(bare, new Witness(signature.ToScriptItem(), Key.PublicKey.Span.ToArray())));
            case "hash":
                return (coin, With(bare, new Witness(Preimage, locked.Span.ToArray())));
            default:
                Assert.True(precomputed.TryTaprootSighash(0, SighashType.Default, TaprootSpend.KeyPath, out var hash));
                var schnorr = Key.SignSchnorr(hash, new byte[32]);
                return (coin, With(bare, new Witness(schnorr.Span.ToArray())));
        }
    }

    private static Witness Item(params byte[] item) => new(item);

    private static byte[] Hash(byte[] preimage) => System.Security.Cryptography.SHA256.HashData(preimage);

    private static Transaction With(Transaction transaction, Witness witness) => new(
        transaction.Version, [transaction.Inputs[0] with { Witness = witness }], transaction.Outputs, transaction.LockTime);
}
