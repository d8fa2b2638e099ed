using System.Collections.Immutable;
using Market.Bitcoin.Wallet;

namespace Market.Bitcoin.Tests.Verification;

public sealed class BatchTests
{
    private static readonly Script Own = Script.P2wpkh(Spender.Key(1).PublicKey);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_first_input_that_fails_is_named_however_many_threads_there_are(int threads)
    {
        var batch = Enumerable.Range(0, 40).Select(i => Signed(i, wrong: i is 17 or 31)).ToList();
        var cache = new SignatureCache(new byte[32], 64);

        Assert.Equal(
            new FailedInput(17, 0, ScriptError.NULLFAIL),
            ParallelVerifier.Verify(batch, ScriptFlags.Standard, threads, cache));
        batch.RemoveAt(31);
        batch.RemoveAt(17);
        Assert.Null(ParallelVerifier.Verify(batch, ScriptFlags.Standard, threads, cache));
        Assert.Null(ParallelVerifier.Verify(batch, ScriptFlags.Standard, threads, cache));
        Assert.Null(ParallelVerifier.Verify([], ScriptFlags.Standard, threads, cache));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_lowest_of_many_failing_inputs_of_one_transaction_is_named(int threads)
    {
        // All inputs sign; then amounts from the 21st on are others than were signed.
        const int Count = 40;
        ImmutableArray<TxOut> spent = [.. Enumerable.Repeat(new TxOut(new Amount(1000), Own), Count)];
        var unsigned = new Transaction(
            2,
            [.. Enumerable.Range(0, Count).Select(i => new TxIn(new OutPoint(default, (uint)i), Script.Empty, 0))],
            [new TxOut(new Amount(1000), Own)],
            0);
        var signed = TransactionSigner.Sign(unsigned, spent, _ => Spender.Key(1));
        ImmutableArray<TxOut> other =
            [.. spent.Select((output, i) => i < 21 ? output : output with { Value = new Amount(999) })];

        Assert.Null(ParallelVerifier.Verify(
            [new PrecomputedTransaction(signed, spent)], ScriptFlags.Standard, threads));
        Assert.Equal(
            new FailedInput(1, 21, ScriptError.NULLFAIL),
            ParallelVerifier.Verify(
                [new PrecomputedTransaction(signed, spent), new PrecomputedTransaction(signed, other)],
                ScriptFlags.Standard, threads));
    }

    [Fact]
    public void A_cached_signature_helps_no_other_message_key_or_signature()
    {
        var cache = new SignatureCache(new byte[32], 64);
        var good = Signed(1, wrong: false);
        Assert.Equal(ScriptError.OK, ScriptVerifier.Verify(good, 0, ScriptFlags.Standard, cache));
        Assert.Equal(0, cache.Hits);
        Assert.Equal(ScriptError.OK, ScriptVerifier.Verify(good, 0, ScriptFlags.Standard, cache));
        Assert.Equal(1, cache.Hits);

        var otherAmount = new PrecomputedTransaction(
            good.Transaction, [good.SpentOutputs[0] with { Value = new Amount(5) }]);
        Assert.Equal(ScriptError.NULLFAIL, ScriptVerifier.Verify(otherAmount, 0, ScriptFlags.Standard, cache));
        Assert.Equal(
            ScriptError.NULLFAIL, ScriptVerifier.Verify(Signed(1, wrong: true), 0, ScriptFlags.Standard, cache));
        Assert.Equal(1, cache.Hits);
    }

    [Fact]
    public void A_wrong_signature_is_never_remembered()
    {
        var cache = new SignatureCache(new byte[32], 64);
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual(
                ScriptError.OK, ScriptVerifier.Verify(Signed(1, wrong: true), 0, ScriptFlags.Standard, cache));
        }

        Assert.Equal(0, cache.Hits);
    }

    [Fact]
    public void A_full_cache_forgets_and_stays_right()
    {
        var cache = new SignatureCache(new byte[32], 64);
        var all = Enumerable.Range(0, 200).Select(i => Signed(i, wrong: false)).ToList();
        for (var round = 0; round < 2; round++)
        {
            Assert.All(all, each => Assert.Equal(
                ScriptError.OK, ScriptVerifier.Verify(each, 0, ScriptFlags.Standard, cache)));
        }

        Assert.InRange(cache.Hits, 0, 64);
    }

    [Theory]
    [InlineData(31, 64)]
    [InlineData(32, 63)]
    [InlineData(32, 65)]
    [InlineData(32, 32)]
    public void A_cache_takes_a_salt_of_32_bytes_and_a_power_of_two(int salt, int capacity) =>
        Assert.Throws<ArgumentException>(() => new SignatureCache(new byte[salt], capacity));

    [Fact]
    public void A_verified_input_allocates_next_to_nothing()
    {
        var good = Signed(1, wrong: false);
        for (var i = 0; i < 50; i++)
        {
            ScriptVerifier.Verify(good, 0, ScriptFlags.Standard);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            ScriptVerifier.Verify(good, 0, ScriptFlags.Standard);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 64);
    }

    private static PrecomputedTransaction Signed(int lockTime, bool wrong)
    {
        var unsigned = Spender.Spend(Own, (uint)lockTime);
        var signed = TransactionSigner.Sign(unsigned.Transaction, unsigned.SpentOutputs, _ => Spender.Key(1));
        return new PrecomputedTransaction(
            new Transaction(
                signed.Version, signed.Inputs, signed.Outputs, wrong ? signed.LockTime + 1 : signed.LockTime),
            unsigned.SpentOutputs);
    }
}
