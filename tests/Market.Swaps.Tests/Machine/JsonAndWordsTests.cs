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
    public void Each_state_says_who_acts_next_by_when_and_what_happens_if_nobody_does()
    {
        var bench = new Bench();
        Describes(bench, NextActor.Both, "both agents");
        bench.WithKeys();
        Describes(bench, NextActor.Initiator, "the seller to lock shares");
        bench.Fund(Role.Initiator);
        Assert.Equal((1, 3), HaveNeed(bench));
        Describes(bench, NextActor.Miners, "1 of 3");
        bench.Mine(shares: 2);
        Describes(bench, NextActor.Participant, "the buyer to lock BTC");
        bench.Fund(Role.Participant);
        Describes(bench, NextActor.Miners, "1 of 2");
        bench.Mine(coins: 1);
        Describes(bench, NextActor.Initiator, "the seller to claim BTC");
        bench.Claim(Role.Participant, inBlock: false);
        Describes(bench, NextActor.Participant, "now claims shares");
        bench.Claim(Role.Initiator);
        bench.Claim(Role.Participant);
        Assert.Equal(NextActor.Miners, SwapDescription.Of(bench.Swap, bench.Tips).Actor);
        bench.Mine(shares: 3, coins: 2);
        Assert.Equal(NextActor.Nobody, SwapDescription.Of(bench.Swap, bench.Tips).Actor);
    }

    [Fact]
    public void A_party_reads_of_its_own_goods()
    {
        var bench = new Bench().FirstLocked();
        var text = SwapDescription.Of(bench.Swap, bench.Tips, Role.Initiator);

        Assert.Contains("your shares come back at", text.IfNobodyActs);
        Assert.Contains("nothing is lost", text.IfNobodyActs);
    }

    private static (int, int) HaveNeed(Bench bench)
    {
        var text = SwapDescription.Of(bench.Swap, bench.Tips);
        return (text.Have, text.Need);
    }

    private static void Describes(Bench bench, NextActor actor, string words)
    {
        var text = SwapDescription.Of(bench.Swap, bench.Tips);
        Assert.Equal(actor, text.Actor);
        Assert.Contains(words, text.Sentence);
        Assert.NotEmpty(text.IfNobodyActs);
        Assert.True(text.By > bench.Now);
    }
}
