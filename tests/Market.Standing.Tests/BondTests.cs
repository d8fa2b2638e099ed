using System.Numerics;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Standing.Tests;

/// <summary>Coins at stake: what they are worth, how they are locked, and how their key says whose they are.</summary>
public sealed class BondTests : IDisposable
{
    private const long Year = BondValue.YearSeconds;
    private const string Host = "market.example";
    private const string Account = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";
    private static readonly OutPoint Coin = new(new TxId(new Hash256([.. Enumerable.Repeat((byte)3, 32)])), 1);

    private readonly PrivateKey _key = PrivateKey.Create(SHA256.HashData("bond"u8));
    private readonly PrivateKey _other = PrivateKey.Create(SHA256.HashData("other"u8));

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    // Computed with 80 digits by another program, and rounded down.
    [Theory]
    [InlineData(920_000, Year, 243_266)]
    [InlineData(2_700_000, Year, 986_123)]
    [InlineData(100_000_000, Year, 107_934_007)]
    [InlineData(100_000_000, Year / 2, 43_621_254)]
    [InlineData(100_000_000, 46 * Year, 24_913_841_782)]
    [InlineData(5_000_000, 86_400, 1_014)]
    [InlineData(1, 46 * Year, 0)]
    [InlineData(2_100_000_000_000_000, 46 * Year, long.MaxValue)]
    public void The_value_is_the_formulas_to_the_last_unit(long sats, long seconds, long value) =>
        Assert.Equal(value, BondValue.Of(sats, seconds));

    [Fact]
    public void No_time_and_no_coins_are_worth_nothing_and_more_time_than_the_longest_no_more()
    {
        Assert.Equal(0, BondValue.Of(100_000_000, 0));
        Assert.Equal(0, BondValue.Of(100_000_000, -1));
        Assert.Equal(0, BondValue.Of(0, Year));
        Assert.Equal(0, BondValue.Of(-1, Year));
        Assert.Equal(BondValue.Of(100_000_000, 46 * Year), BondValue.Of(100_000_000, long.MaxValue));
    }

    [Fact]
    public void Coins_kept_together_are_worth_more_than_split_and_it_falls_with_the_time_left()
    {
        Assert.True(BondValue.Of(100_000_000, Year) > 2 * BondValue.Of(50_000_000, Year));
        var last = long.MaxValue;
        for (var days = 365; days >= 0; days--)
        {
            var value = BondValue.Of(100_000_000, days * 86_400L);
            Assert.True(value < last);
            last = value;
        }
    }

    [Fact]
    public void Shares_count_for_what_it_costs_to_mine_them()
    {
        // A share of a thousandth of a block's work mints 50 shares: a share costs 1/50,000 of a block.
        Assert.Equal(6_250, BondValue.SatsOfShares(100_000_000, 312_500_000, 1_000, 1_000_000, 5_000_000_000));
        Assert.Equal(0, BondValue.SatsOfShares(100_000_000, 312_500_000, 1_000, 1_000_000, 0));
        Assert.Equal(0, BondValue.SatsOfShares(-1, 312_500_000, 1_000, 1_000_000, 5));
        Assert.Equal(long.MaxValue, BondValue.SatsOfShares(long.MaxValue, long.MaxValue, BigInteger.Pow(2, 200), 1, 1));
    }

    [Fact]
    public void A_lock_opens_to_its_key_once_its_time_is_past()
    {
        var bond = BondScript.Create(_key.PublicKey, 1_800_000_000)!;
        var amount = new Amount(1_000_000);
        var destination = Script.P2wpkh(_other.PublicKey);
        Assert.True(bond.TryWithdraw(Coin, amount, _key, destination, new FeeRate(2_000), out var spend));
        Assert.Equal(1_800_000_000u, spend.LockTime);
        Assert.Equal(ScriptError.OK, Verify(spend));

        // The transaction may be in a block only after the time that it states, and states no earlier one.
        var early = new Transaction(2, spend.Inputs, spend.Outputs, 1_799_999_999);
        Assert.Equal(ScriptError.UNSATISFIED_LOCKTIME, Verify(Resigned(early)));
        Assert.NotEqual(ScriptError.OK, Verify(early));
        Assert.False(bond.TryWithdraw(Coin, new Amount(400), _key, destination, new FeeRate(2_000), out _));
        Assert.Throws<ArgumentException>(() => bond.TryWithdraw(Coin, amount, _other, destination, new FeeRate(2_000), out _));
        Assert.Null(BondScript.Create(_key.PublicKey, BondScript.LeastLocktime - 1));
        Assert.Null(BondScript.Create(_key.PublicKey, uint.MaxValue + 1L));

        ScriptError Verify(Transaction transaction) => ScriptVerifier.Verify(
            new PrecomputedTransaction(transaction, [new TxOut(amount, bond.ScriptPubKey)]), 0, ScriptFlags.Standard);

        Transaction Resigned(Transaction transaction)
        {
            var hash = new PrecomputedTransaction(transaction, [new TxOut(amount, bond.ScriptPubKey)])
                .WitnessV0Sighash(0, bond.WitnessScript.Span, (uint)SighashType.All);
            var witness = new Witness(_key.SignEcdsa(hash).ToScriptItem(), bond.WitnessScript.ToArray());
            var input = transaction.Inputs[0] with { Witness = witness };
            return new Transaction(2, [input], transaction.Outputs, transaction.LockTime);
        }
    }

    [Fact]
    public void The_script_is_what_descriptors_of_other_wallets_make_of_it()
    {
        var bond = BondScript.Create(_key.PublicKey, 1_800_000_000)!;
        var descriptor = Descriptor.Parse($"wsh(and_v(v:pk({_key.PublicKey}),after(1800000000)))", Network.Mainnet);
        Assert.Equal(bond.WitnessScript, descriptor.WitnessScript());
    }

    [Fact]
    public void A_changed_lock_is_another_script_and_equal_locks_are_equal_whatever_was_asked_of_them()
    {
        var bond = BondScript.Create(_key.PublicKey, 1_800_000_000)!;
        var script = bond.ScriptPubKey;
        Assert.Equal(BondScript.Create(_key.PublicKey, 1_800_000_000), bond);
        BondScript[] others = [bond with { Locktime = 1_800_000_001 }, bond with { Key = _other.PublicKey }];
        Assert.All(others, other => Assert.NotEqual(script, other.ScriptPubKey));
        Assert.Equal(BondScript.Create(_key.PublicKey, 1_800_000_001)!.ScriptPubKey, others[0].ScriptPubKey);
    }

    [Fact]
    public void A_proof_is_good_for_its_market_account_chain_coin_and_time_alone()
    {
        var text = BondProof.Text(Host, Account, "regtest", Coin, 1_800_000_000);
        var signature = BondProof.Sign(text, _key);
        Assert.True(BondProof.IsSigned(text, _key.PublicKey, signature));
        Assert.Equal(6, text.Split('\n').Length);

        Assert.False(BondProof.IsSigned(text, _other.PublicKey, signature));
        Assert.False(BondProof.IsSigned(text, _key.PublicKey, BondProof.Sign(text, _other)));
        Assert.False(BondProof.IsSigned(text, _key.PublicKey, null));
        string[] others =
        [
            BondProof.Text("evil.example", Account, "regtest", Coin, 1_800_000_000),
            BondProof.Text(Host, new string('a', 64), "regtest", Coin, 1_800_000_000),
            BondProof.Text(Host, Account, "p2share-devnet", Coin, 1_800_000_000),
            BondProof.Text(Host, Account, "regtest", new OutPoint(Coin.TxId, 0), 1_800_000_000),
            BondProof.Text(Host, Account, "regtest", Coin, 1_800_000_001),
        ];
        Assert.All(others, other => Assert.False(BondProof.IsSigned(other, _key.PublicKey, signature)));
    }

    [Fact]
    public void Burned_coins_name_their_account_and_wear_off()
    {
        var script = Burn.ScriptOf(XOnlyPublicKey.Parse(Account));
        Assert.Equal("6a24" + "6275726e" + Account, script.ToString());
        Assert.True(script.IsUnspendable);
        Assert.Equal(1_000 + 46 * Year, Burn.Until(1_000));
    }
}
