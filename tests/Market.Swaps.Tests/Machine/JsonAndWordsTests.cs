namespace Market.Swaps.Tests.Machine;

public sealed class JsonAndWordsTests
{
    [Fact]
    public void A_swap_survives_json_at_every_step()
    {
        var bench = new Bench();
        bench.BothLocked();
        bench.Claim(Role.Participant);
        bench.Claim(Role.Initiator, inBlock: false);
        var json = SwapJson.Write(bench.Swap);
        var read = SwapJson.ReadSwap(json);

        Assert.Equal(json, SwapJson.Write(read));
        Assert.Equal(bench.Swap.Terms, read.Terms);
        Assert.Equal(bench.Swap.Preimage, read.Preimage);
        Assert.Equal(bench.Swap.InitiatorPayments, read.InitiatorPayments);
        var tip = new SwapEvent.Tick();
        Assert.Equal(
            SwapMachine.Decide(bench.Swap, tip, bench.Tips).Effects, SwapMachine.Decide(read, tip, bench.Tips).Effects);
    }

    [Fact]
    public void Events_survive_json()
    {
        var bench = new Bench();
        SwapEvent[] events =
        [
            new SwapEvent.KeysGiven(Role.Initiator, Bench.Seller()),
            new SwapEvent.Declined(Role.Participant),
            new SwapEvent.FundingSeen(Role.Initiator, bench.NewOutPoint(), Bench.Shares, 7),
            new SwapEvent.FundingGone(Role.Participant, bench.NewOutPoint()),
            new SwapEvent.ClaimSeen(
                Role.Participant, bench.NewOutPoint(), bench.NewTxId(), bench.Secret.Reveal(), null),
            new SwapEvent.RefundSeen(Role.Initiator, bench.NewOutPoint(), bench.NewTxId(), 9),
            new SwapEvent.SpendGone(Role.Initiator, bench.NewOutPoint(), bench.NewTxId()),
            new SwapEvent.Tick(),
        ];
        Assert.All(events, happened => Assert.Equal(happened, SwapJson.ReadEvent(SwapJson.Write(happened))));
    }

    [Fact]
    public void A_secret_preimage_prints_redacted_and_is_no_json()
    {
        using var secret = Preimage.Create(Bench.Bytes(7));
        var hex = Convert.ToHexStringLower(Bench.Bytes(7));

        Assert.DoesNotContain(hex, secret.ToString());
        Assert.DoesNotContain(hex, System.Text.Json.JsonSerializer.Serialize(secret, SwapJson.Options));
        Assert.Equal(hex, secret.Reveal().ToString());
    }

    [Fact]
    public void Each_state_says_what_is_waited_for()
    {
        var bench = new Bench();
        Says(bench, "both agents");
        bench.WithKeys();
        Says(bench, "the seller to lock the shares");
        bench.Fund(Role.Initiator);
        Says(bench, "1 of 3");
        bench.Mine(shares: 2);
        Says(bench, "the buyer to lock the BTC");
        bench.Fund(Role.Participant);
        Says(bench, "1 of 2");
        bench.Mine(coins: 1);
        Says(bench, "the seller to claim the BTC");
        bench.Claim(Role.Participant, inBlock: false);
        Says(bench, "The buyer can claim the shares at once");
        bench.Claim(Role.Initiator);
        bench.Claim(Role.Participant);
        Says(bench, "Waiting for the claims to be buried: the shares 1 of 3, the BTC 1 of");
        bench.Mine(shares: 3, coins: 2);
        Says(bench, "Settled: the buyer has the shares and the seller the BTC, for good.");
    }

    [Fact]
    public void A_party_reads_of_its_own_goods()
    {
        var bench = new Bench().FirstLocked();
        bench.Decide(new SwapEvent.Declined(Role.Participant));

        Assert.Contains(
            "Your agent can take the shares back from ", SwapWords.Of(bench.Swap, bench.Tips, Role.Initiator),
                StringComparison.Ordinal);
    }

    private static void Says(Bench bench, string words) =>
        Assert.Contains(words, SwapWords.Of(bench.Swap, bench.Tips), StringComparison.Ordinal);

    [Fact]
    public void Every_alarm_has_words_of_its_own()
    {
        var alarms = Enum.GetValues<SwapAlarm>();

        Assert.Equal(alarms.Length, alarms.Select(SwapWords.Of).Distinct().Count());
    }
}
