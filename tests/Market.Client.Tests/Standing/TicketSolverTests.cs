using System.Collections.Concurrent;
using Market.Client.Standing;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;

namespace Market.Client.Tests.Standing;

/// <summary>A solver's threads, where one of them fails.</summary>
public sealed class TicketSolverTests
{
    [Fact]
    public async Task Where_one_thread_fails_none_works_on_for_nobody()
    {
        var threads = new ConcurrentDictionary<Thread, bool>();
        using var both = new CountdownEvent(2);
        var solver = new TicketSolver(new string('a', 64), threads: 2);
        var task = new TicketTask
        {
            Kind = TicketKind.Memory,
            Host = "market.test",
            Memory = new MemoryTask
            {
                Seed = new string('b', 64),
                MemoryKiB = 16 * 1024,
                Passes = 1,
                Lanes = 1,
                LeastDifficulty = MemoryTicket.LeastDifficulty,
                MostDifficulty = MemoryTicket.MostDifficulty,
                CreditsPerTry = MemoryTicket.CreditsPerTry,
            },
        };

        // So hard that nobody finds anything within a test.
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => solver.SolveMemoryAsync(
            task, int.MaxValue, Told, TestContext.Current.CancellationToken));
        Assert.Equal("one fails", error.Message);
        Assert.Equal(2, threads.Count);
        await Eventually.TrueAsync(() => threads.Keys.All(thread => !thread.IsAlive), "both threads to be over");

        void Told(long tries)
        {
            if (!threads.TryAdd(Thread.CurrentThread, true))
            {
                return;
            }

            both.Signal();
            both.Wait();
            if (tries == 1)
            {
                throw new InvalidOperationException("one fails");
            }
        }
    }
}
