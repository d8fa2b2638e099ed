using System.Security.Cryptography;
using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>Hash and time locks with real keys and signatures, spent on the sharechain alone.</summary>
public sealed class ContractTests
{
    private static readonly PrivateKey Seller = PrivateKey.Create([.. Enumerable.Repeat((byte)1, 32)]);
    private static readonly PrivateKey Buyer = PrivateKey.Create([.. Enumerable.Repeat((byte)2, 32)]);
    private static readonly byte[] Preimage = [.. Enumerable.Repeat((byte)3, 32)];

    private readonly Lab _lab = new();
    private readonly Script _contract;
    private readonly uint _locktime;
    private readonly ShareCoin _locked;

    public ContractTests()
    {
        _lab.AddMany(12, Lab.Owner(1));
        _locktime = _lab.Chain.MedianTimePast + 20;
        _contract = new ScriptBuilder()
            .Op(Opcode.OP_IF)
            .Op(Opcode.OP_SIZE).Number(32).Op(Opcode.OP_EQUALVERIFY)
            .Op(Opcode.OP_SHA256).PushBytes(SHA256.HashData(Preimage)).Op(Opcode.OP_EQUALVERIFY)
            .PushBytes(Buyer.PublicKey.Span)
            .Op(Opcode.OP_ELSE)
            .Number(_locktime).Op(Opcode.OP_CHECKLOCKTIMEVERIFY).Op(Opcode.OP_DROP)
            .PushBytes(Seller.PublicKey.Span)
            .Op(Opcode.OP_ENDIF)
            .Op(Opcode.OP_CHECKSIG)
            .Build();
        var coin = _lab.State.Coins.OrderBy(coin => coin.Place).First(_lab.State.IsMature);
        var funding = Lab.Spend(coin.OutPoint, [
            new TxOut(coin.Value, Script.P2wsh(_contract)),
            PayoutAnnotation.Output(0, Script.P2wpkh(Seller.PublicKey))]);
        _lab.Add(Lab.Owner(1), funding);
        _locked = _lab.State.Find(new OutPoint(funding.Id, 0))!;
    }

    [Fact]
    public void The_buyer_claims_with_the_preimage_at_once_and_rewards_follow_the_share()
    {
        Assert.Equal(Script.P2wpkh(Seller.PublicKey), _locked.Payout);
        var claim = Claim(Preimage, Buyer);
        _lab.Add(Lab.Owner(1), claim);

        Assert.Equal(
            Script.P2wpkh(Buyer.PublicKey), _lab.State.Find(new OutPoint(claim.Id, 0))!.Payout);
    }

    [Fact]
    public void A_claim_with_another_preimage_or_key_is_refused()
    {
        Refused(ShareRefusal.Script, Claim([.. Enumerable.Repeat((byte)4, 32)], Buyer));
        Refused(ShareRefusal.Script, Claim(new byte[31], Buyer));
        Refused(ShareRefusal.Script, Claim(Preimage, Seller));
    }

    [Fact]
    public void A_refund_is_taken_only_after_median_time_has_passed_the_lock()
    {
        Refused(ShareRefusal.Script, Refund(_lab.Chain.MedianTimePast - 1));
        Refused(ShareRefusal.Script, Refund(1));
        Refused(ShareRefusal.Script, Refund(_locktime, sequence: TxIn.FinalSequence));
        while (_lab.Chain.MedianTimePast <= _locktime)
        {
            Refused(ShareRefusal.NotFinal, Refund(_locktime));
            _lab.Add(Lab.Owner(1));
        }

        _lab.Add(Lab.Owner(1), Refund(_locktime));
        Assert.Null(_lab.State.Find(_locked.OutPoint));
    }

    [Fact]
    public void A_signature_accepted_before_is_not_verified_again_in_its_block()
    {
        var cache = new SignatureCache(new byte[32]);
        var rules = new InterpreterRules(cache: cache);
        var claim = new PrecomputedTransaction(Claim(Preimage, Buyer), [_locked.Coin.Output]);
        var wrong = new PrecomputedTransaction(Claim(Preimage, Seller), [_locked.Coin.Output]);

        Assert.Null(rules.Verify([claim]));
        Assert.Equal(0, cache.Hits);
        Assert.Null(rules.Verify([claim]));
        Assert.Equal(1, cache.Hits);
        Assert.Equal(0, rules.Verify([wrong])?.Input);
        Assert.Equal(1, rules.Verify([claim, wrong])?.Transaction);
        Assert.Equal(2, cache.Hits);
    }

    private void Refused(ShareRefusal refusal, Transaction transaction)
    {
        var block = _lab.Next(Lab.Owner(1));
        _lab.AssertRefused(refusal, _lab.Forge(block, transactions: [block.Transactions[0], transaction]));
        _lab.Now -= 2;
    }

    private Transaction Claim(byte[] preimage, PrivateKey key, long fee = 0) => Sign(
        Unsigned(Script.P2wpkh(Buyer.PublicKey), 0, TxIn.ReplaceableSequence, fee),
        key,
        signature => new Witness(signature, preimage, [1], _contract.ToArray()));

    private Transaction Refund(uint lockTime, uint sequence = TxIn.ReplaceableSequence) => Sign(
        Unsigned(Script.P2wpkh(Seller.PublicKey), lockTime, sequence, 0),
        Seller,
        signature => new Witness(signature, [], _contract.ToArray()));

    private Transaction Unsigned(Script to, uint lockTime, uint sequence, long fee) => Lab.Spend(
        _locked.OutPoint, [new TxOut(_locked.Value - new Amount(fee), to)], lockTime, sequence);

    private Transaction Sign(Transaction unsigned, PrivateKey key, Func<byte[], Witness> witness)
    {
        var hash = new PrecomputedTransaction(unsigned, [_locked.Coin.Output])
            .WitnessV0Sighash(0, _contract.Span, (uint)SighashType.All);
        var input = unsigned.Inputs[0] with { Witness = witness(key.SignEcdsa(hash).ToScriptItem()) };
        return new Transaction(2, [input], unsigned.Outputs, unsigned.LockTime);
    }
}
