using Market.Bitcoin;
using Market.Bitcoin.Watching;

namespace Market.Swaps.Tests.Machine;

/// <summary>What a chain shows of a leg brings the record in line with it, whatever was heard before.</summary>
public sealed class SwapReadingTests
{
    private readonly Bench _bench = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_record_says_what_the_chain_shows_whatever_it_showed_before(int seed)
    {
        _bench.WithKeys();
        var random = new Random(seed);
        var pools = Both.ToDictionary(leg => leg, leg => Enumerable.Range(0, 40)
            .Select(n => Pay(leg, n, n % 3 == 0 ? 400 : _bench.Swap.AmountOf(leg).Sats)).ToList());
        for (var round = 0; round < 200; round++)
        {
            var leg = Both[random.Next(2)];

            // More than there is room for, now and then; and now and then nothing at all.
            var share = random.Next(0, 5);
            var view = pools[leg].Where(_ => random.Next(5) < share)
                .Select(payment => Shown(payment, leg, random)).ToList();
            Follow(leg, view);
            Assert.Empty(SwapReading.Events(_bench.Swap, leg, view));

            var record = _bench.Swap.PaymentsOf(leg);
            var there = record.Where(payment => !payment.Missing).ToList();
            foreach (var payment in there)
            {
                var shown = Assert.Single(view, each => each.OutPoint == payment.OutPoint);
                Assert.Equal((shown.Output.Value, shown.Height), (payment.Amount, payment.Height));
                Assert.Equal(
                    (shown.Spend?.Spender.Id, shown.Spend?.Height), (payment.Spend?.TxId, payment.Spend?.Height));
            }

            Assert.All(record.Except(there), payment => Assert.Null(payment.Spend));
            Assert.InRange(record.Length, Math.Min(view.Count, Swap.MostPayments), 2 * Swap.MostPayments);
            Assert.InRange(
                there.Count(payment => payment.Amount == _bench.Swap.AmountOf(leg)),
                Math.Min(Swap.MostPayments, view.Count(each => each.Output.Value == _bench.Swap.AmountOf(leg))),
                2 * Swap.MostPayments);
        }
    }

    [Fact]
    public void A_payment_that_is_replaced_over_and_over_does_not_keep_the_lock_out()
    {
        _bench.WithKeys();
        for (var n = 0; n < 5 * Swap.MostPayments; n++)
        {
            Follow(Role.Initiator, [new WatchedPayment(
                new OutPoint(Pay(Role.Initiator, n, Bench.Shares.Sats).Id, 0), new TxOut(Bench.Shares, Contract(Role.Initiator)),
                Pay(Role.Initiator, n, Bench.Shares.Sats), null, null)]);
        }

        var locked = Pay(Role.Initiator, 1_000, Bench.Shares.Sats);
        Follow(Role.Initiator, [Show(locked, _bench.ShareHeight, null)]);
        Assert.Equal(SwapPhase.InitiatorLocked, _bench.Phase);
        Assert.Equal(new OutPoint(locked.Id, 0), _bench.Swap.FundingOf(Role.Initiator)!.OutPoint);
    }

    [Fact]
    public void A_spend_whose_block_left_the_chain_gives_place_to_another_that_waits()
    {
        _bench.WithKeys();
        var locked = Pay(Role.Initiator, 1, Bench.Shares.Sats);
        var (claim, refund) = (Spend(locked, Role.Initiator, true), Spend(locked, Role.Initiator, false));
        Follow(Role.Initiator, [Show(locked, 1_000, new WatchedSpend(refund, 0, 1_001))]);
        Follow(Role.Initiator, [Show(locked, 1_000, new WatchedSpend(claim, 0, null))]);
        Assert.Equal(
            new Spend(claim.Id, SpendKind.Claim, null), _bench.Swap.FundingOf(Role.Initiator)!.Spend);
        Assert.NotNull(_bench.Swap.Preimage);
    }

    [Fact]
    public void Nothing_is_read_before_there_is_a_contract()
    {
        var stray = Pay(1_000, new Script(new byte[] { 0x51 }), 1);
        Assert.Empty(SwapReading.Events(_bench.Swap, Role.Initiator, [Show(stray, 1, null)]));
        _bench.WithKeys();
        Assert.Empty(SwapReading.Events(_bench.Swap, Role.Initiator, [Show(stray, 1, null)]));
    }

    private static Role[] Both => [Role.Initiator, Role.Participant];

    private void Follow(Role leg, IReadOnlyList<WatchedPayment> view)
    {
        foreach (var happened in SwapReading.Events(_bench.Swap, leg, view))
        {
            Assert.Null(_bench.Decide(happened).Refusal);
        }
    }

    private WatchedPayment Shown(Transaction payment, Role leg, Random random)
    {
        int? height = random.Next(3) == 0 ? null : 900 + random.Next(3);
        return Show(payment, height, random.Next(4) switch
        {
            0 => new WatchedSpend(Spend(payment, leg, true), 0, height is null ? null : 910 + random.Next(2)),
            1 => new WatchedSpend(Spend(payment, leg, false), 0, random.Next(2) == 0 ? null : 910),
            _ => null,
        });
    }

    private static WatchedPayment Show(Transaction payment, int? height, WatchedSpend? spend) =>
        new(new OutPoint(payment.Id, 0), payment.Outputs[0], payment, height, spend);

    private Script Contract(Role leg) => _bench.Swap.Terms!.ContractOf(leg).ScriptPubKey;

    private Transaction Pay(Role leg, int number, long sats) => Pay(number, Contract(leg), sats);

    private static Transaction Pay(int number, Script to, long sats) => new(
        2,
        [new TxIn(new OutPoint(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(number))), 0), Script.Empty, 0)],
        [new TxOut(new Amount(sats), to)],
        0);

    private Transaction Spend(Transaction payment, Role leg, bool isClaim)
    {
        var htlc = (Htlc)_bench.Swap.Terms!.ContractOf(leg);
        var witness = isClaim ? htlc.ClaimWitness([0x30, 1], _bench.Secret.Reveal()) : htlc.RefundWitness([0x30, 1]);
        return new Transaction(
            2,
            [new TxIn(new OutPoint(payment.Id, 0), Script.Empty, 0, witness)],
            [new TxOut(new Amount(300 + (isClaim ? 1 : 0)), Script.P2wpkh(Bench.Key(77)))],
            0);
    }
}
