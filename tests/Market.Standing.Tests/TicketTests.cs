using System.Buffers.Binary;
using Market.Bitcoin;

namespace Market.Standing.Tests;

/// <summary>Tickets of memory-hard work: the function, its binding and its seeds.</summary>
public sealed class TicketTests
{
    private static readonly Hash256 Seed = new([.. Enumerable.Repeat((byte)1, 32)]);
    private static readonly TicketBinding Binding =
        new("market.example", new Hash256([.. Enumerable.Repeat((byte)2, 32)]), default);

    [Fact]
    public void Argon2id_is_that_of_RFC_9106()
    {
        var tag = new Argon2id(32, 3, 4).Hash(Bytes(0x01, 32), Bytes(0x02, 16), Bytes(0x03, 8), Bytes(0x04, 12));
        Assert.Equal("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659", Convert.ToHexStringLower(tag));

        static byte[] Bytes(byte value, int count) => [.. Enumerable.Repeat(value, count)];
    }

    [Fact]
    public void A_solution_is_good_for_its_own_ticket_alone()
    {
        var ticket = new MemoryTicket(Binding, Seed, MemoryTicket.LeastDifficulty);
        var nonce = Enumerable.Range(0, 1_000).Select(i => MemoryTicket.NonceOf(7, (ulong)i))
            .First(each => ticket.IsSolvedBy(each));
        Assert.Equal(MemoryTicket.LeastDifficulty * 4L, ticket.Credits);
        Assert.False(ticket.IsSolvedBy(nonce.AsSpan(1)));

        // Each of these is another puzzle: the same nonce solves it by chance alone, one time in sixteen or less.
        var hash = HashOf(ticket);
        MemoryTicket[] others =
        [
            ticket with { Seed = default },
            ticket with { Difficulty = ticket.Difficulty + 1 },
            ticket with { Binding = Binding with { Host = "evil.example" } },
            ticket with { Binding = Binding with { Account = default } },
            ticket with { Binding = Binding with { Body = Seed } },
        ];
        Assert.All(others, other => Assert.NotEqual(hash, HashOf(other)));
        Assert.Equal(ticket, new MemoryTicket(Binding, Seed, MemoryTicket.LeastDifficulty));

        static string HashOf(MemoryTicket ticket) => Convert.ToHexStringLower(ticket.Password);
    }

    [Fact]
    public void A_try_solves_one_time_in_as_many_as_the_difficulty()
    {
        var (ticket, solved) = (new MemoryTicket(Binding, Seed, MemoryTicket.LeastDifficulty), 0);
        for (var i = 0u; i < 32; i++)
        {
            var nonce = MemoryTicket.NonceOf(3, i);
            var hash = MemoryTicket.Function.Hash(ticket.Password, nonce);
            var isSolved = ticket.IsSolvedBy(nonce);
            Assert.Equal(BinaryPrimitives.ReadUInt64BigEndian(hash) <= ulong.MaxValue / 16, isSolved);
            solved += isSolved ? 1 : 0;
        }

        Assert.InRange(solved, 0, 12);
    }

    [Theory]
    [InlineData(600, 1)]
    [InlineData(300, 1)]
    [InlineData(299, 2)]
    [InlineData(30, 10)]
    [InlineData(2, 150)]
    public void A_seed_stands_for_five_minutes_at_least(int spacing, int blocks) =>
        Assert.Equal(blocks, TicketSeeds.Period(spacing));

    [Fact]
    public void Two_seeds_are_good_and_each_as_long_as_the_other()
    {
        Assert.Equal([900, 750], TicketSeeds.Heights(1_000, 2));
        Assert.Equal([900, 750], TicketSeeds.Heights(1_049, 2));
        Assert.Equal([1_050, 900], TicketSeeds.Heights(1_050, 2));
        Assert.Equal([1_000, 999], TicketSeeds.Heights(1_000, 600));
        Assert.Equal([0], TicketSeeds.Heights(149, 2));
        Assert.Equal([150, 0], TicketSeeds.Heights(150, 2));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(4_096, true)]
    [InlineData(4_097, false)]
    [InlineData(-1, false)]
    public void Difficulties_have_bounds(int difficulty, bool isOne) =>
        Assert.Equal(isOne, MemoryTicket.IsDifficulty(difficulty));
}
