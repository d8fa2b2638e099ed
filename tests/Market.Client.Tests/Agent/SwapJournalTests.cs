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

        using var again = SwapJournal.Open(Path, Devnet.Chains);
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
            using var journal = life == 0 ? Fresh() : SwapJournal.Open(Path, Devnet.Chains);
            Assert.True(given.Add(journal.TakeIndex()));
            Assert.True(given.Add(journal.TakeIndex()));
        }

        using (var journal = SwapJournal.Open(Path, Devnet.Chains))
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
        using (var journal = SwapJournal.Open(Path, Devnet.Chains))
        {
            journal.Save(Swap("torn", 2));
        }

        var all = File.ReadAllBytes(Path);
        for (var length = whole.Length; length < all.Length; length += 7)
        {
            File.WriteAllBytes(Path, all[..length]);
            using var journal = SwapJournal.Open(Path, Devnet.Chains);
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

        using var again = SwapJournal.Open(Path, Devnet.Chains);
        Assert.NotNull(again.Damage);
        Assert.False(again.IsComplete);
        Assert.Equal(2, again.Swaps.Count);
        Assert.Throws<InvalidOperationException>(() => again.TakeIndex());
        again.Complete(2);
        Assert.Equal(4u, again.TakeIndex());
    }

    // A market that opens swap after swap that never locks must not lead the counter to where no search by the seed looks.
    [Fact]
    public void No_number_is_given_out_so_far_beyond_what_is_on_the_chain_that_no_search_finds_it()
    {
        using (var journal = Fresh())
        {
            Assert.True(journal.HasNumbers);
            journal.Save(Swap("never locked", SwapSearch.MostUnlocked - 1));
            Assert.False(journal.HasNumbers);
            Assert.Throws<InvalidOperationException>(() => journal.TakeIndex());
        }

        using var again = SwapJournal.Open(Path, Devnet.Chains);
        Assert.False(again.HasNumbers);

        // A lock that states no terms is none that a search finds; one that does is.
        again.Save(Locked(Swap("untold", 500), told: false));
        Assert.False(again.HasNumbers);
        again.Save(Locked(Swap("told", 600), told: true));
        Assert.True(again.HasNumbers);
        Assert.Equal(SwapSearch.MostUnlocked, again.TakeIndex());
    }

    [Fact]
    public void One_process_at_a_time_has_a_journal()
    {
        using var journal = Fresh();
        Assert.Throws<IOException>(() => SwapJournal.Open(Path, Devnet.Chains));
        Assert.Empty(SwapJournal.Peek(Path));
        journal.Dispose();
        SwapJournal.Open(Path, Devnet.Chains).Dispose();
    }

    // A counterparty or a node that shows and hides a payment makes a line with every look.
    [Fact]
    public void A_journal_that_grows_is_written_anew_while_it_runs_and_loses_nothing()
    {
        using var journal = Fresh();
        for (var i = 0; i < 1_100; i++)
        {
            journal.Save(Swap("a", 1) with { Price = i });
        }

        Assert.True(SharedLines() < 200);
        Assert.Throws<IOException>(() => SwapJournal.Open(Path, Devnet.Chains));
        Assert.Equal(1_099, Assert.Single(SwapJournal.Peek(Path)).Price);
        journal.Dispose();
        using var again = SwapJournal.Open(Path, Devnet.Chains);
        Assert.True(again.IsComplete);
        Assert.Equal(2u, again.TakeIndex());
    }

    [Fact]
    public void A_new_journal_gives_no_number_before_the_chains_were_asked()
    {
        using var journal = SwapJournal.Open(Path, Devnet.Chains);
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

        using (var journal = SwapJournal.Open(Path, Devnet.Chains))
        {
            Assert.Equal(3, journal.Swaps.Count);
            journal.Save(Swap("after", 9));
        }

        Assert.True(File.ReadAllLines(Path).Length < 200);
        var swaps = SwapJournal.Peek(Path);
        Assert.Equal([1_099, 1_098, 1_097], swaps.Where(swap => swap.Id != "after").Select(swap => swap.Price).OrderDescending());
        Assert.Equal(4, swaps.Count);
    }

    private static string Json(AgentSwap swap) => System.Text.Json.JsonSerializer.Serialize(swap, SwapJson.Options);

    private int SharedLines()
    {
        using var reader = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Count(c => c == '\n');
    }

    [Fact]
    public void A_journal_is_of_one_wallets_chains_and_opens_for_no_other()
    {
        var other = WalletChains.Of("devnet", "p2share-k20");
        using (var journal = SwapJournal.Open(Path, other))
        {
            journal.Save(Swap("a", 1));
        }

        Assert.Contains(Path, Assert.Throws<ForeignFileException>(() => SwapJournal.Open(Path, Devnet.Chains)).Message);
        Assert.Throws<ForeignFileException>(() => SwapJournal.Open(Path, WalletChains.Of("regtest", "p2share-k20")));
        using var again = SwapJournal.Open(Path, other);
        Assert.Equal("a", Assert.Single(again.Swaps).Id);
    }

    [Fact]
    public void A_journal_that_names_no_chains_is_of_the_networks_own()
    {
        using (var journal = Fresh())
        {
            journal.Save(Swap("a", 1));
        }

        var lines = File.ReadAllLines(Path);
        File.WriteAllLines(Path, lines[1..]);
        Assert.Throws<ForeignFileException>(() => SwapJournal.Open(Path, WalletChains.Of("devnet", "p2share-k20")));
        using (var own = SwapJournal.Open(Path, Devnet.Chains))
        {
            Assert.Equal("a", Assert.Single(own.Swaps).Id);
        }

        // A line that was damaged may have been the one that named them: the chains are searched, and nobody is locked out.
        File.WriteAllLines(Path, ["00000000 {}", .. lines[1..]]);
        using var damaged = SwapJournal.Open(Path, WalletChains.Of("devnet", "p2share-k20"));
        Assert.False(damaged.IsComplete);
    }

    private SwapJournal Fresh()
    {
        var journal = SwapJournal.Open(Path, Devnet.Chains);
        journal.Complete(0);
        return journal;
    }

    private static AgentSwap Locked(AgentSwap swap, bool told)
    {
        var keys = Enumerable.Range(1, 4).Select(number => PrivateKey.Create([.. Enumerable.Repeat((byte)number,
            32)]).PublicKey).ToList();
        var hash = new PaymentHash(Hash256.Zero);
        var terms = new AgreedTerms(
            hash, new PartyKeys(keys[0], keys[1], hash, null), new PartyKeys(keys[2], keys[3], null, null),
            Locktime.At(1_800_001_000), Locktime.At(1_800_002_000));
        System.Collections.Immutable.ImmutableArray<TxOut> outputs =
            [terms.ContractOf(Role.Initiator).FundingOutput(new Amount(1_000))];
        outputs = told ? outputs.Add(SwapAnnotation.Build(0, terms, new Amount(2_000))) : outputs;
        var transaction = new Transaction(2, [new TxIn(new OutPoint(new TxId(Hash256.Zero), 0), Script.Empty, 0)], outputs, 0);
        var outPoint = new OutPoint(transaction.Id, 0);
        return swap with
        {
            Swap = swap.Swap with { InitiatorPayments = [new Payment(outPoint, new Amount(1_000), 7)] },
            Transactions =
            [
                new OwnTransaction(
                    OwnTransactionKind.Funding, Role.Initiator, outPoint, transaction.Id, transaction.ToHex(), 0, 0, 7, 7),
            ],
        };
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
