using System.Net;
using Market.Api.Doors.Clients;
using Market.Api.Hosting;
using Market.Api.Hosting.Connections;
using Market.Api.Realtime;

namespace Market.Api.Tests.Doors;

/// <summary>The table of caps by itself.</summary>
public sealed class CapTests
{
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2::", "2001:db8:1:2::/64")]
    [InlineData("::1", "::1")]
    public void A_client_is_an_address_or_a_64_of_ipv6(string address, string client) =>
        Assert.Equal(client, ClientAddress.Of(IPAddress.Parse(address)).ToString());

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")]
    [InlineData("2001:db8:1:ffff::", "2001:db8:1::/48")]
    [InlineData("::1", "::1")]
    public void A_site_is_an_address_or_a_48_of_ipv6(string address, string site) =>
        Assert.Equal(site, Client(address).Site);

    [Fact]
    public void Two_hosts_of_a_64_are_one_client_and_two_64s_are_two()
    {
        Assert.Equal(Client("2001:db8::1"), Client("2001:db8::ffff:2"));
        Assert.NotEqual(Client("2001:db8::1"), Client("2001:db8:0:1::1"));
        Assert.NotEqual(Client("203.0.113.7"), Client("203.0.113.8"));
    }

    [Theory]
    [InlineData(763, null)]
    [InlineData(764, 64)]
    [InlineData(1_024, 324)]
    [InlineData(4_096, 3_072)]
    [InlineData(1_000_000, 10_000)]
    public void Connections_leave_a_reserve_of_descriptors(int descriptors, int? connections) =>
        Assert.Equal(connections, CapTable.Of(descriptors)?.Connections);

    [Fact]
    public void One_client_takes_at_most_a_tenth_of_anything_and_its_streams_a_tenth_of_all_channels()
    {
        foreach (var descriptors in new[] { 764, 1_024, 4_096, 65_536 })
        {
            var caps = CapTable.Of(descriptors)!;
            var one = caps.Of(Client("203.0.113.7"));
            Assert.InRange(one.Connections, 1, caps.Connections / CapTable.Parts);
            Assert.InRange(one.Requests, 1, caps.Connections / CapTable.Parts);
            Assert.InRange(one.Streams, 1, Math.Min(caps.Streams / CapTable.Parts, one.Requests));
            Assert.True(one.Streams * StreamClient.MaxChannels < Topics.MaxOnDemand / CapTable.Parts);
        }
    }

    [Fact]
    public void This_machine_is_bounded_behind_a_proxy_and_the_proxy_may_hold_what_its_clients_hold()
    {
        var machine = Client("127.0.0.1");
        var caps = CapTable.Of(4_096)!;
        Assert.Equal(caps.Connections, caps.Of(machine).Connections);
        Assert.False(new ServerOptions().LimitsLoopback);
        Assert.True(ServerOptions.Parse(["--proxy", "198.51.100.1"]).Options!.LimitsLoopback);
        Assert.False(ServerOptions.Parse(["--proxy", "198.51.100.1", "--limit-loopback", "no"]).Options!.LimitsLoopback);

        caps = caps with { LimitLoopback = true, Proxy = IPAddress.Parse("::ffff:198.51.100.1") };
        Assert.Equal(caps.Of(Client("203.0.113.7")), caps.Of(machine));
        var proxy = caps.Of(Client("198.51.100.1"));
        Assert.Equal(caps.Connections - caps.Connections / CapTable.Parts, proxy.Connections);
        Assert.Equal(caps.Of(machine).Streams, proxy.Streams);
    }

    [Fact]
    public void Slots_are_bounded_for_one_and_for_all_and_strangers_leave_a_tenth()
    {
        var slots = new ClientSlots(20, client => client.IsLoopback ? 20 : 3);
        var held = new List<IDisposable>();
        for (var i = 0; i < 10; i++)
        {
            for (var j = 0; j < 5; j++)
            {
                if (slots.TryTake(Client($"203.0.113.{i}")) is { } slot) held.Add(slot);
            }
        }
        Assert.Equal(18, held.Count);
        Assert.NotNull(slots.TryTake(Client("127.0.0.1")));
        Assert.NotNull(slots.TryTake(Client("127.0.0.1")));
        Assert.Null(slots.TryTake(Client("127.0.0.1")));

        // Given back twice, it is free once.
        held[0].Dispose();
        held[0].Dispose();
        Assert.Equal(19, slots.Taken);
    }

    [Fact]
    public void The_systems_own_words_of_the_limit_are_read()
    {
        const string limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             127235               127235               processes
            Max open files            4096                 8192                 files
            """;
        Assert.Equal(4_096, FileDescriptors.Read(limits.Split('\n')));
        Assert.Equal(int.MaxValue, FileDescriptors.Read(["Max open files            unlimited   unlimited   files"]));
        Assert.Equal(FileDescriptors.Unknown, FileDescriptors.Read(["nothing of the kind"]));
        Assert.InRange(FileDescriptors.Limit(), 1, int.MaxValue);
    }

    private static ClientAddress Client(string address) => ClientAddress.Of(IPAddress.Parse(address));
}
