using Market.Bitcoin;
using Market.Client.Agent;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Agent;

public sealed class SwapJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-journal-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "swaps.journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_saved_is_there_after_a_restart_whatever_the_case_of_the_ids()
    {
        var swaps = new[] { Swap("abc", 3), Swap("ABC", 4) with { Refused = "no" } };
        using (var journal = Fresh())
        {
            Array.ForEach(swaps, journal.Save);
        }

        using var again = SwapJournal.Open(Path);
        Assert.Null(again.Damage);
        Assert.True(again.IsComplete);
        Assert.Equal(["ABC", "abc"], again.Swaps.Select(swap => swap.Id).Order(StringComparer.Ordinal));
        Assert.All(swaps, swap => Assert.Equal(Json(swap), Json(again.Find(swap.Id)!)));
    }

    [Fact]
    public void No_number_is_given_out_twice()
    {
        var given = new HashSet<uint>();
        for (var life = 0; life < 5; life++)
        {
            using var journal = life == 0 ? Fresh() : SwapJournal.Open(Path);
            Assert.True(given.Add(journal.TakeIndex()));
            Assert.True(given.Add(journal.TakeIndex()));
        }

        using (var journal = SwapJournal.Open(Path))
        {
            journal.Save(Swap("from the chains", 500));
            journal.Complete(200);
            Assert.Equal(501u, journal.TakeIndex());
        }
    }

    [Fact]
    public void A_line_that_a_crash_tore_is_cut_off_wherever_it_broke()
    {
        using (var journal = Fresh())
        {
            journal.Save(Swap("whole", 1));
        }

        var whole = File.ReadAllBytes(Path);
        using (var journal = SwapJournal.Open(Path))
        {
            journal.Save(Swap("torn", 2));
        }

        var all = File.ReadAllBytes(Path);
        for (var length = whole.Length; length < all.Length; length += 7)
        {
            File.WriteAllBytes(Path, all[..length]);
            using var journal = SwapJournal.Open(Path);
            Assert.Equal("whole", Assert.Single(journal.Swaps).Id);
            Assert.True(journal.IsComplete);
            journal.Save(Swap("next", 3));
            Assert.Equal(2, SwapJournal.Peek(Path).Count);
        }
    }

    [Fact]
    public void A_damaged_line_in_the_middle_costs_no_other_and_takes_the_counter_away_until_the_chains_were_asked()
    {
        using (var journal = Fresh())
        {
            journal.Save(Swap("first", 1));
            journal.Save(Swap("second", 2));
            journal.Save(Swap("third", 3));
        }

        var bytes = File.ReadAllBytes(Path);
        bytes[bytes.AsSpan().IndexOf("second"u8)] ^= 1;
        File.WriteAllBytes(Path, bytes);

        using var again = SwapJournal.Open(Path);
        Assert.NotNull(again.Damage);
        Assert.False(again.IsComplete);
        Assert.Equal(2, again.Swaps.Count);
        Assert.Throws<InvalidOperationException>(() => again.TakeIndex());
        again.Complete(2);
        Assert.Equal(4u, again.TakeIndex());
    }

    [Fact]
    public void A_new_journal_gives_no_number_before_the_chains_were_asked()
    {
        using var journal = SwapJournal.Open(Path);
        Assert.False(journal.IsComplete);
        Assert.Throws<InvalidOperationException>(() => journal.TakeIndex());
    }

    [Fact]
    public void What_only_the_process_remembers_is_not_written()
    {
        using var journal = Fresh();
        var swap = Swap("a", 1);
        journal.Save(swap);
        var length = new FileInfo(Path).Length;
        journal.Save(swap with { Memory = AgentMemory.Empty with { } });
        Assert.Equal(length, new FileInfo(Path).Length);
        journal.Save(swap with { Refused = "why" });
        Assert.True(new FileInfo(Path).Length > length);
    }

    [Fact]
    public void A_journal_of_many_states_is_written_anew_and_keeps_the_last_of_each()
    {
        using (var journal = Fresh())
        {
            for (var i = 0; i < 1_100; i++)
            {
                journal.Save(Swap($"swap-{i % 3}", 1) with { Price = i });
            }
        }

        var before = new FileInfo(Path).Length;
        using (var journal = SwapJournal.Open(Path))
        {
            Assert.Equal(3, journal.Swaps.Count);
            journal.Save(Swap("after", 9));
        }

        Assert.True(new FileInfo(Path).Length < before / 100);
        var swaps = SwapJournal.Peek(Path);
        Assert.Equal([1_099, 1_098, 1_097], swaps.Where(swap => swap.Id != "after").Select(swap => swap.Price).OrderDescending());
        Assert.Equal(4, swaps.Count);
    }

    private static string Json(AgentSwap swap) => System.Text.Json.JsonSerializer.Serialize(swap, SwapJson.Options);

    private SwapJournal Fresh()
    {
        var journal = SwapJournal.Open(Path);
        journal.Complete(0);
        return journal;
    }

    private static AgentSwap Swap(string id, uint index) => new()
    {
        Swap = Market.Swaps.Swap.Open(id, new Amount(1_000), new Amount(2_000), 1_800_000_000, SwapPlan.Of(SwapRules.Devnet)),
        Role = Role.Initiator,
        KeyIndex = index,
        Instrument = "P2SHARE-BTC",
        Price = 7,
        ShareHeight = 1,
        CoinHeight = 2,
    };
}
