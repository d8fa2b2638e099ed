using System.Net;
using Market.Chains.Stratum;

namespace Market.Chains.Tests.Stratum;

/// <summary>Who is let in, and who gives way where every place is taken.</summary>
public sealed class StratumDoorTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");

    [Fact]
    public void An_address_has_so_many_connections_and_so_many_new_ones_a_second()
    {
        var door = new StratumDoor(new StratumOptions { MostOfAddress = 3, MostASecond = 2 });
        var first = In(door, One, 0);
        In(door, One.MapToIPv6(), 0);
        Assert.Equal(StratumEnd.TooFast, Out(door, One, 0));
        In(door, Other, 0);
        In(door, One, 1);
        Assert.Equal(StratumEnd.AddressFull, Out(door, One, 2));
        door.Leave(first);
        door.Leave(first);
        In(door, One, 2);
        Assert.Equal(StratumEnd.AddressFull, Out(door, One, 3));
    }

    [Fact]
    public void Connections_of_a_household_have_one_budget_which_leaving_does_not_fill()
    {
        var door = new StratumDoor(new StratumOptions { MostLinesOfAddress = 10 });
        var first = In(door, IPAddress.Parse("2001:db8::1"), 0);
        var second = In(door, IPAddress.Parse("2001:db8::2"), 0);
        Assert.Equal(TimeSpan.Zero, first.Household.Take(Start, 10 * HouseholdBudget.BurstSeconds));
        Assert.Equal(TimeSpan.FromSeconds(0.1), second.Household.Take(Start, 1));
        Assert.Equal(TimeSpan.Zero, In(door, IPAddress.Parse("2001:db8:1::1"), 0).Household.Take(Start, 1));
        door.Leave(first);
        door.Leave(second);
        door.Sweep(Start.AddSeconds(5));
        Assert.Same(first.Household, In(door, IPAddress.Parse("2001:db8::3"), 5).Household);
        var rested = In(door, Other, 5);
        door.Leave(rested);
        door.Sweep(Start.AddSeconds(7));
        Assert.NotSame(rested.Household, In(door, Other, 7).Household);
    }

    [Fact]
    public void Of_IPv6_an_address_is_a_household_and_many_households_are_a_site()
    {
        var door = new StratumDoor(new StratumOptions { MostOfAddress = 1, MostOfSite = 2 });
        var place = In(door, IPAddress.Parse("2001:db8::1"), 0);
        Assert.Equal(StratumEnd.AddressFull, Out(door, IPAddress.Parse("2001:db8::2"), 1));
        In(door, IPAddress.Parse("2001:db8:0:1::1"), 1);
        Assert.Equal(StratumEnd.SiteFull, Out(door, IPAddress.Parse("2001:db8:0:2::1"), 1));
        In(door, IPAddress.Parse("2001:db8:1::1"), 1);
        door.Leave(place);
        door.Sweep(Start.AddSeconds(5));
        In(door, IPAddress.Parse("2001:db8:0:2::1"), 5);
        Assert.Equal(StratumEnd.SiteFull, Out(door, IPAddress.Parse("2001:db8::2"), 5));
    }

    [Fact]
    public void Where_every_place_is_taken_who_had_no_result_for_the_longest_gives_way_and_a_miner_with_results_never()
    {
        var door = new StratumDoor(new StratumOptions { MostConnections = 3 });
        var gone = new List<string>();
        var miner = In(door, One, 0, gone, "miner");
        In(door, Other, 1, gone, "silent");
        In(door, Other, 2, gone, "later");
        door.Prove(miner, Start.AddSeconds(3));
        for (var i = 0; i < 100; i++)
        {
            In(door, Other, 10 + i, gone, $"flood{i}");
        }

        Assert.Equal(["silent", "later", "flood0"], gone.Take(3));
        Assert.Equal(100, gone.Count);
        Assert.DoesNotContain("miner", gone);
    }

    [Fact]
    public void Who_mined_long_ago_gives_way_and_no_sooner_where_there_was_no_work()
    {
        var options = new StratumOptions { MostConnections = 2 };
        var door = new StratumDoor(options);
        var gone = new List<string>();
        var one = In(door, One, 0, gone, "one");
        var two = In(door, One, 0, gone, "two");
        door.Prove(two, Start);
        door.Prove(one, Start.AddSeconds(1));
        var late = options.KeptFor.TotalSeconds;
        Assert.Equal(StratumEnd.Full, Out(door, Other, late - 1));

        // The chains were away meanwhile: nobody could have had a result.
        Assert.Equal(StratumEnd.Full, door.Enter(Other, Start.AddSeconds(late), Start.AddSeconds(late - 1), out _));
        In(door, Other, late, gone, "new");
        Assert.Equal(["two"], gone);
    }

    [Fact]
    public void A_place_that_gave_way_is_left_once()
    {
        var door = new StratumDoor(new StratumOptions { MostConnections = 1, MostOfAddress = 1 });
        var gone = In(door, One, 0);
        var place = In(door, Other, 1);
        door.Leave(gone);
        Assert.Equal(StratumEnd.AddressFull, Out(door, Other, 2));
        door.Leave(place);
        In(door, Other, 2);
    }

    private static StratumPlace In(
        StratumDoor door, IPAddress from, double seconds, List<string>? gone = null, string name = "")
    {
        var at = Start.AddSeconds(seconds);
        Assert.Null(door.Enter(from, at, at, out var place));
        place!.GiveWay = () => gone?.Add(name);
        return place;
    }

    private static StratumEnd? Out(StratumDoor door, IPAddress from, double seconds)
    {
        var at = Start.AddSeconds(seconds);
        var why = door.Enter(from, at, at, out var place);
        Assert.Null(place);
        return why;
    }
}
