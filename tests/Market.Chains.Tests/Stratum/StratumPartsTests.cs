using System.Buffers;
using System.Net;
using System.Text;
using Market.Chains.Stratum;

namespace Market.Chains.Tests.Stratum;

/// <summary>Bounds, lines, and accounts, each by itself.</summary>
public sealed class StratumPartsTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void An_address_has_so_many_connections_and_so_many_new_ones_a_second()
    {
        var door = new StratumDoor(new StratumOptions { MostOfAddress = 3, MostASecond = 2, MostConnections = 5 });
        var (one, other) = (IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"));
        Assert.Null(door.Enter(one, Start));
        Assert.Null(door.Enter(one.MapToIPv6(), Start));
        Assert.NotNull(door.Enter(one, Start));
        Assert.Null(door.Enter(other, Start));
        Assert.Null(door.Enter(one, Start.AddSeconds(1)));
        Assert.NotNull(door.Enter(one, Start.AddSeconds(2)));
        door.Leave(one);
        Assert.Null(door.Enter(one, Start.AddSeconds(2)));
        Assert.Null(door.Enter(other, Start.AddSeconds(2)));
        Assert.NotNull(door.Enter(IPAddress.Parse("10.0.0.3"), Start.AddSeconds(2)));
        door.Leave(other);
        Assert.Null(door.Enter(IPAddress.Parse("10.0.0.3"), Start.AddSeconds(2)));
    }

    [Fact]
    public void Of_IPv6_an_address_is_a_household()
    {
        var door = new StratumDoor(new StratumOptions { MostOfAddress = 1 });
        Assert.Null(door.Enter(IPAddress.Parse("2001:db8::1"), Start));
        Assert.NotNull(door.Enter(IPAddress.Parse("2001:db8::2"), Start.AddSeconds(1)));
        Assert.Null(door.Enter(IPAddress.Parse("2001:db8:0:1::1"), Start.AddSeconds(1)));
        door.Leave(IPAddress.Parse("2001:db8::1"));
        door.Sweep(Start.AddSeconds(5));
        Assert.Null(door.Enter(IPAddress.Parse("2001:db8::2"), Start.AddSeconds(5)));
    }

    [Fact]
    public void A_flood_of_lines_waits()
    {
        var budget = new LineBudget(Start);
        for (var i = 0; i < LineBudget.Burst; i++)
        {
            Assert.Equal(TimeSpan.Zero, budget.Take(Start));
        }

        Assert.Equal(TimeSpan.FromSeconds(1.0 / LineBudget.ASecond), budget.Take(Start));
        Assert.Equal(TimeSpan.Zero, budget.Take(Start.AddSeconds(1)));
    }

    [Fact]
    public void A_name_without_an_accepted_result_has_no_account()
    {
        var book = new StratumBook();
        foreach (var reject in new[] { StratumReject.JobUnknown, StratumReject.Stale, StratumReject.LowDifficulty })
        {
            book.Count(new StratumResult("a.rig", reject, 0, 0, null), Start);
        }

        Assert.Empty(book.Workers(Start));
        book.Count(new StratumResult("a.rig", StratumReject.None, 1, 1, null), Start);
        book.Count(new StratumResult("a.rig", StratumReject.Stale, 0, 1, null), Start);
        book.Count(new StratumResult("b", StratumReject.None, 1, 1, null), Start);
        Assert.Equal(1, Assert.Single(book.Workers("A", Start)).Stale);
        Assert.Empty(book.Workers("a.rig", Start));
    }

    [Fact]
    public void Who_is_connected_keeps_its_account()
    {
        var book = new StratumBook();
        for (var i = 0; i < StratumBook.MostWorkers; i++)
        {
            book.Connect($"w{i}.rig", "agent");
        }

        book.Connect("more", "agent");
        Assert.Empty(book.Workers("more", Start));
        book.Disconnect("w7.rig");
        book.Connect("more", "agent");
        Assert.Single(book.Workers("more", Start));
        Assert.Empty(book.Workers("w7", Start));
        Assert.Single(book.Workers("w0", Start));
    }

    [Fact]
    public void Lines_end_with_a_feed_and_may_come_in_pieces()
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("one\r\ntwo\n\nthr"));
        Assert.Equal("one", Next());
        Assert.Equal("two", Next());
        Assert.Equal("", Next());
        Assert.Null(Next());
        Assert.Equal(3, buffer.Length);
        Assert.False(StratumLines.IsTooLong(new ReadOnlySequence<byte>(new byte[16 * 1024])));
        Assert.True(StratumLines.IsTooLong(new ReadOnlySequence<byte>(new byte[(16 * 1024) + 1])));

        string? Next() => StratumLines.TryTake(ref buffer, out var line) ? Encoding.ASCII.GetString(line) : null;
    }

    [Theory]
    [InlineData("0.0.0.0:3333", "0.0.0.0:3333")]
    [InlineData("127.0.0.1", "127.0.0.1:3333")]
    [InlineData("localhost:4444", "127.0.0.1:4444")]
    [InlineData(":3334", "127.0.0.1:3334")]
    [InlineData("[::]:3333", "[::]:3333")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("pool.example:3333", null)]
    [InlineData("", null)]
    public void Where_to_listen_is_read(string text, string? point) =>
        Assert.Equal(point, StratumOptions.ReadEndPoint(text)?.ToString());

    [Fact]
    public void A_hash_rate_is_told_with_its_error_over_three_times()
    {
        var book = new StratumBook();
        for (var i = 1; i <= 400; i++)
        {
            book.Count(new StratumResult("a.rig", StratumReject.None, 2, i, null), Start.AddSeconds(i * 10));
        }

        book.Count(new StratumResult("a.rig", StratumReject.Stale, 0, 9_999, null), Start.AddSeconds(4_000));
        book.Count(new StratumResult("a.rig", StratumReject.Duplicate, 0, 0, null), Start.AddSeconds(4_000));
        book.Count(new StratumResult("b", StratumReject.None, 1, 1, null), Start.AddSeconds(4_000));
        var workers = book.Workers(Start.AddSeconds(4_000));
        Assert.Equal([("a", "rig"), ("b", "")], workers.Select(each => (each.Address, each.Name)));
        var rig = workers[0];
        Assert.Equal((400, 1, 1), (rig.Accepted, rig.Stale, rig.Rejected[StratumReject.Duplicate]));
        Assert.Equal(9_999, rig.Best);
        var rate = 0.2 * StratumDifficulty.Hashes;
        Assert.All(rig.Rates, each => Assert.InRange(each.HashesPerSecond, 0.94 * rate, 1.06 * rate));
        Assert.InRange(rig.Rates[0].RelativeError, 0.17, 0.20);
        Assert.InRange(rig.Rates[2].RelativeError, 0.049, 0.051);
        Assert.Equal(0, book.Workers(Start.AddSeconds(5_000))[0].Rates[0].HashesPerSecond);
        Assert.InRange(book.Workers(Start.AddSeconds(5_000))[0].Rates[2].HashesPerSecond, 0.75 * rate, 0.85 * rate);
    }

    [Fact]
    public void So_many_workers_are_kept_and_the_idle_go_first()
    {
        var book = new StratumBook();
        book.Connect("stays", "agent");
        for (var i = 0; i <= StratumBook.MostWorkers; i++)
        {
            book.Count(new StratumResult($"w{i}", StratumReject.None, 1, 1, null), Start.AddSeconds(i));
        }

        var workers = book.Workers(Start);
        Assert.Equal(StratumBook.MostWorkers, workers.Length);
        Assert.Equal("stays", workers[0].Address);
        Assert.DoesNotContain(workers, each => each.Address == "w0");
    }
}
