using System.Net;
using System.Net.Http.Json;
using Market.Api.Doors.Clients;
using Market.Api.Standing;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Client.Standing;
using Market.Contracts;
using Market.Standing;
using Market.Testing.Chains;

namespace Market.Api.Tests.Standing;

/// <summary>Puzzles are solved as a client solves them, and count once, for whom they were solved.</summary>
public sealed class TicketTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Script Solver = Script.P2wpkh(new Hash160([.. Enumerable.Repeat((byte)9, 20)]));

    private MarketHost _host = null!;
    private Trader _ann = null!;
    private Trader _bob = null!;
    private string _database = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await postgres.NewDatabaseAsync();
        _host = await MarketHost.StartAsync(_database);
        await _host.MineSharesAsync(7, Coins.Owner(7));
        _ann = await Trader.SignInAsync(_host.Address, 1);
        _bob = await Trader.SignInAsync(_host.Address, 2);
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Memory_hard_work_counts_once_for_its_account_also_after_a_restart()
    {
        var task = await TaskAsync("?kind=memory");
        var solution = await new TicketSolver(_ann.Key, 1)
            .SolveMemoryAsync(task, MemoryTicket.LeastDifficulty, cancellation: Cancel);
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_bob, solution));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, solution with { Body = new string('a', 64) }));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, solution with
        {
            Memory = solution.Memory! with { Seed = new string('a', 64) },
        }));

        // Who sent a wrong one waits, and nobody else does.
        Assert.Equal(ProblemCodes.RateLimited, await RefusedAsync(_ann, solution));
        _host.Clock.Advance(PuzzleChecker.ShortestWait);
        var taken = await _ann.SendAsync<TicketTaken>(HttpMethod.Post, Routes.Ticket, solution);
        Assert.Equal((64L, 64L, null), (taken.Credits, taken.Stored, taken.Share));
        Assert.Equal(ProblemCodes.ProofUsed, await RefusedAsync(_ann, solution));
        Assert.Equal(64, _host.Get<StandingBook>().CreditsOf(_ann.Key).Units);
        await _host.StopServerAsync();

        await using var again = await MarketHost.StartAsync(_database, on: _host);
        Assert.Equal(ProblemCodes.ProofUsed, (await again.Get<TicketDesk>().TakeAsync(
            BindingOf(task.Host), _ann.Key, PuzzleClient.Alone("somebody"), solution.Memory, Cancel)).Refusal!.Code);
        Assert.Equal(64, again.Get<StandingBook>().CreditsOf(_ann.Key).Units);
    }

    [Fact]
    public async Task Whoever_hands_in_a_solution_gives_it_to_its_account_and_is_not_told_what_that_has()
    {
        var task = await TaskAsync("?kind=memory");
        var solution = await SolvedAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await UnsignedAsync(solution with { Account = null })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await UnsignedAsync(solution with { Account = new string('f', 64) })).Status);

        var (status, text) = await UnsignedAsync(solution);
        Assert.Equal(HttpStatusCode.OK, status);
        var taken = System.Text.Json.JsonSerializer.Deserialize<TicketTaken>(text, MarketJson.Options)!;
        Assert.Equal(64, taken.Credits);
        Assert.Null(taken.Stored);
        Assert.Equal(64, _host.Get<StandingBook>().CreditsOf(_ann.Key).Units);
        Assert.Equal(ProblemCodes.ProofUsed, await RefusedAsync(_ann, solution));

        // Another who signs names the account, too; what it has is told to itself alone.
        var next = await SolvedAsync();
        Assert.Null((await _bob.SendAsync<TicketTaken>(HttpMethod.Post, Routes.Ticket, next)).Stored);
        var book = _host.Get<StandingBook>();
        Assert.Equal((128, 0), (book.CreditsOf(_ann.Key).Units, book.CreditsOf(_bob.Key).Units));

        async Task<HandInTicket> SolvedAsync()
        {
            var solver = new TicketSolver(_ann.Key, 1);
            var solved = await solver.SolveMemoryAsync(task, MemoryTicket.LeastDifficulty, cancellation: Cancel);
            return solved with { Account = _ann.Key };
        }

        async Task<(HttpStatusCode Status, string Text)> UnsignedAsync(HandInTicket body)
        {
            using var answer = await _host.Http.PostAsJsonAsync(Routes.Ticket, body, MarketJson.Options, Cancel);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Fact]
    public async Task The_two_newest_seeds_are_good_and_no_older_one()
    {
        var task = await TaskAsync("");
        var solution = await new TicketSolver(_ann.Key, 1)
            .SolveMemoryAsync(task, MemoryTicket.LeastDifficulty, cancellation: Cancel);
        var period = TicketSeeds.Period(NetworkProfile.Of(_host.Main.Name).Spacing);
        await _host.MineMainAsync(period);
        Assert.NotEqual(task.Memory!.Seed, (await TaskAsync("")).Memory!.Seed);
        Assert.Equal(64, (await _ann.SendAsync<TicketTaken>(HttpMethod.Post, Routes.Ticket, solution)).Credits);

        await _host.MineMainAsync(period);
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, solution));
    }

    [Fact]
    public async Task Recycled_work_is_mining_and_what_it_finds_is_the_solvers()
    {
        var task = await TaskAsync($"?kind=work&script={Solver}");
        var solver = new TicketSolver(_ann.Key, 1);
        var solution = await solver.SolveWorkAsync(task, 1, cancellation: Cancel);
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_bob, solution));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, solution with { Body = new string('a', 64) }));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, Change(work => work with { Parts = 2 })));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, Change(work => work with { Salt = new string('0', 16) })));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, Change(work => work with { Script = $"{Coins.Owner(4)}" })));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, Change(work => work with { Template = new string('a', 64) })));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, Change(work => work with
        {
            Header = work.Header[..^8] + "ffffffff",
        })));

        var before = (await _host.Shares.GetTipAsync(Cancel)).Height;
        var taken = await _ann.SendAsync<TicketTaken>(HttpMethod.Post, Routes.Ticket, solution);
        Assert.Equal((100_000L, "accepted"), (taken.Credits, taken.ShareFate));
        var tip = await _host.Shares.GetTipAsync(Cancel);
        Assert.Equal((before + 1, taken.Share), (tip.Height, tip.Id.ToString()));
        Assert.Single(await _host.Shares.GetCoinsAsync(Solver, Cancel));
        Assert.Equal(ProblemCodes.ProofUsed, await RefusedAsync(_ann, solution));
        // Nor does the share count besides, had it been found at the market's own port.
        Assert.False((await _host.Get<StandingBook>().CreditAsync(
            _bob.Key, 1, StandingSource.MinedShares, $"{_host.Shares.Name}:{taken.Share}", Cancel)).IsNew);

        HandInTicket Change(Func<WorkSolution, WorkSolution> change) => solution with { Work = change(solution.Work!) };
    }

    [Fact]
    public async Task A_share_that_was_mined_for_a_key_is_no_ticket_besides()
    {
        var task = await TaskAsync($"?kind=work&script={Solver}");
        var solution = await new TicketSolver(_ann.Key, 1).SolveWorkAsync(task, 1, cancellation: Cancel);
        var work = solution.Work!;
        var template = (await _host.Get<WorkTemplates>().FindAsync(work.Template, Cancel))!.Value.Template;
        var salt = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(Hex.Decode(work.Salt));
        Assert.True(BlockHeader.TryParse(Hex.Decode(work.Header), out var header));
        var share = new WorkTicket(BindingOf(task.Host), work.Parts, salt).Bind(template.PaidTo(Solver)).ToShare(header);
        var book = _host.Get<StandingBook>();
        await book.CreditAsync(
            _bob.Key, 1, StandingSource.MinedShares, MinedShare.ProofOf(_host.Shares.Name, share.Id), Cancel);

        Assert.Equal(ProblemCodes.ProofUsed, await RefusedAsync(_ann, solution));
        Assert.Equal(0, book.CreditsOf(_ann.Key).Units);
        // What was mined is handed in all the same.
        Assert.Equal(share.Id.Value, (await _host.Shares.GetTipAsync(Cancel)).Id);
    }

    [Fact]
    public async Task Work_on_the_tip_before_the_last_still_counts_and_older_work_does_not()
    {
        var task = await TaskAsync($"?kind=work&script={Solver}");
        var solver = new TicketSolver(_ann.Key, 1);
        var (one, two) = (await EasyAsync(), await EasyAsync());
        await _host.MineSharesAsync(1, Coins.Owner(7));
        Assert.Equal(100, (await _ann.SendAsync<TicketTaken>(HttpMethod.Post, Routes.Ticket, one)).Credits);
        await _host.MineSharesAsync(1, Coins.Owner(7));
        Assert.Equal(ProblemCodes.BadProof, await RefusedAsync(_ann, two));

        Task<HandInTicket> EasyAsync() => solver.SolveWorkAsync(task, WorkTicket.MostParts, cancellation: Cancel);
    }

    [Fact]
    public async Task Of_a_client_one_solution_is_checked_at_a_time_and_few_wait()
    {
        using var checker = new PuzzleChecker(_host.Clock);
        using var held = new ManualResetEventSlim();
        Assert.True(checker.TryCheck(One, () => { held.Wait(Cancel); return true; }, out var first));
        Assert.False(checker.TryCheck(One, () => true, out _));
        var waiting = 0;
        while (checker.TryCheck(PuzzleClient.Alone($"other {waiting}"), () => false, out _)) waiting++;
        Assert.InRange(waiting, PuzzleChecker.MostWaiting - 1, PuzzleChecker.MostWaiting + 1);
        held.Set();
        Assert.True(await first);
        await Eventually.TrueAsync(() => checker.TryCheck(One, () => true, out _), "the client's turn comes again");
    }

    [Fact]
    public void Who_is_answered_is_free_to_send_the_next_at_once()
    {
        using var checker = new PuzzleChecker(_host.Clock);
        for (var i = 0; i < 5_000; i++)
        {
            Assert.True(checker.TryCheck(One, () => true, out var answer), $"after {i}");
            // Looked at and not awaited, so that nothing comes between the answer and the next.
            while (!answer.IsCompleted) Thread.SpinWait(1);
        }
    }

    [Fact]
    public async Task Who_sends_wrong_solutions_waits_twice_as_long_each_time_and_a_right_one_ends_that()
    {
        using var checker = new PuzzleChecker(_host.Clock);
        var wait = PuzzleChecker.ShortestWait;
        for (var i = 0; i < 12; i++)
        {
            await CheckAsync("liar", false);
            Assert.Equal(_host.Clock.Now + wait, checker.WaitOf(PuzzleClient.Alone("liar")));
            Assert.False(checker.TryCheck(PuzzleClient.Alone("liar"), () => true, out _));
            await CheckAsync("other", true);
            _host.Clock.Advance(wait);
            wait = wait * 2 < PuzzleChecker.LongestWait ? wait * 2 : PuzzleChecker.LongestWait;
        }
        Assert.Equal(PuzzleChecker.LongestWait, wait);
        await CheckAsync("liar", true);
        await CheckAsync("liar", false);
        Assert.Equal(_host.Clock.Now + PuzzleChecker.ShortestWait, checker.WaitOf(PuzzleClient.Alone("liar")));
        // Long after it is as anybody.
        _host.Clock.Advance(PuzzleChecker.ShortestWait + PuzzleChecker.LongestWait);
        await CheckAsync("liar", false);
        Assert.Equal(_host.Clock.Now + PuzzleChecker.ShortestWait, checker.WaitOf(PuzzleClient.Alone("liar")));

        async Task CheckAsync(string client, bool isSolved)
        {
            Assert.True(checker.TryCheck(PuzzleClient.Alone(client), () => isSolved, out var answer));
            Assert.Equal(isSolved, await answer);
        }
    }

    [Fact]
    public async Task Who_errs_makes_nobody_else_of_its_house_wait_until_the_house_errs_often_and_then_not_who_solved_one_there()
    {
        using var checker = new PuzzleChecker(_host.Clock);
        var (house, other) = (AddressOf("203.0.113.7"), AddressOf("203.0.113.8"));
        var honest = Of("honest", house);
        await CheckAsync(honest, true);
        for (var i = 0; i < PuzzleChecker.FreeWrongs; i++)
        {
            var liar = Of($"liar {i}", house);
            await CheckAsync(liar, false);
            Assert.Equal(_host.Clock.Now + PuzzleChecker.ShortestWait, checker.WaitOf(liar));
            Assert.Null(checker.WaitOf(Of("new", house)));
            // It waits where it lied: whoever names an account elsewhere does it no harm.
            Assert.Null(checker.WaitOf(Of($"liar {i}", other)));
        }

        var wait = PuzzleChecker.ShortestWait;
        for (var i = 0; i < 2; i++)
        {
            await CheckAsync(Of($"another {i}", house), false);
            Assert.Equal(_host.Clock.Now + wait, checker.WaitOf(Of("new", house)));
            Assert.False(checker.TryCheck(Of("new", house), () => true, out _));
            Assert.Null(checker.WaitOf(honest));
            Assert.Null(checker.WaitOf(Of("new", other)));
            await CheckAsync(honest, true);
            _host.Clock.Advance(wait);
            wait *= 2;
        }

        // One that lies itself is as anybody again.
        await CheckAsync(honest, false);
        Assert.Equal(_host.Clock.Now + wait, checker.WaitOf(honest));

        async Task CheckAsync(PuzzleClient client, bool isSolved)
        {
            Assert.True(checker.TryCheck(client, () => isSolved, out var answer), client.Name);
            Assert.Equal(isSolved, await answer);
        }
    }

    [Fact]
    public async Task Of_a_network_few_solutions_are_checked_at_once_and_another_network_has_its_places()
    {
        using var checker = new PuzzleChecker(_host.Clock);
        using var held = new ManualResetEventSlim();
        var answers = new List<Task<bool>>();
        for (var i = 0; i < PuzzleChecker.MostOfSite; i++)
        {
            Assert.True(checker.TryCheck(
                Of($"one {i}", AddressOf($"2001:db8:7:{i}::1")), () => { held.Wait(Cancel); return true; },
                out var answer));
            answers.Add(answer);
        }
        var more = Of("more", AddressOf("2001:db8:7:ffff::1"));
        Assert.False(checker.TryCheck(more, () => true, out _));
        Assert.True(checker.TryCheck(Of("else", AddressOf("2001:db8:8::1")), () => true, out var elsewhere));
        held.Set();
        Assert.All(await Task.WhenAll(answers), Assert.True);
        Assert.True(await elsewhere);
        Assert.True(checker.TryCheck(more, () => true, out var late));
        Assert.True(await late);
    }

    [Fact]
    public async Task A_network_that_errs_from_one_address_after_another_waits_as_one_and_not_who_solved_one_there()
    {
        using var checker = new PuzzleChecker(_host.Clock);
        var honest = Of("honest", AddressOf("2001:db8:7:ffff::1"));
        Assert.True(checker.TryCheck(honest, () => true, out var solved));
        Assert.True(await solved);
        var wrongs = 0;
        for (; wrongs < 1_000; wrongs++)
        {
            var liar = Of($"liar {wrongs}", AddressOf($"2001:db8:7:{wrongs:x}::1"));
            if (!checker.TryCheck(liar, () => false, out var answer)) break;
            Assert.False(await answer);
        }
        // More than one address may, and not one more: each check is a try for whoever waits behind it.
        Assert.Equal(PuzzleChecker.FreeWrongsOfSite + 1, wrongs);
        Assert.Equal(_host.Clock.Now + PuzzleChecker.ShortestWait, checker.WaitOf(Of("new", AddressOf("2001:db8:7:eeee::1"))));
        Assert.Null(checker.WaitOf(honest));
        Assert.Null(checker.WaitOf(Of("new", AddressOf("2001:db8:8::1"))));
    }

    [Fact]
    public async Task What_has_no_shape_is_refused()
    {
        var memory = new MemorySolution { Seed = new string('a', 64), Difficulty = 16, Nonce = new string('a', 32) };
        var work = new WorkSolution
        {
            Template = new string('a', 64),
            Script = "51",
            Parts = 1,
            Salt = new string('a', 16),
            Header = new string('a', 160),
        };
        foreach (var body in (HandInTicket[])[
            new() { Kind = TicketKind.Memory },
            new() { Kind = TicketKind.Memory, Memory = memory with { Difficulty = MemoryTicket.LeastDifficulty - 1 } },
            new() { Kind = TicketKind.Memory, Memory = memory with { Seed = "a" } },
            new() { Kind = TicketKind.Memory, Memory = memory, Work = work },
            new() { Kind = TicketKind.Work },
            new() { Kind = TicketKind.Work, Work = work with { Parts = 0 } },
            new() { Kind = TicketKind.Work, Work = work with { Header = "00" } }])
        {
            Assert.Equal(ProblemCodes.ValidationFailed, await RefusedAsync(_ann, body));
        }

        using var noScript = await _host.Http.GetAsync($"{Routes.Ticket}?kind=work", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, noScript.StatusCode);
    }

    private async Task<TicketTask> TaskAsync(string query) =>
        (await _host.Http.GetFromJsonAsync<TicketTask>(Routes.Ticket + query, MarketJson.Options, Cancel))!;

    private TicketBinding BindingOf(string host) => new(host, new Hash256(Hex.Decode(_ann.Key)), Hash256.Zero);

    private static PuzzleClient One { get; } = PuzzleClient.Alone("one");

    private static PuzzleClient Of(string account, ClientAddress address) => new(account, address.ToString(), address.Site);

    private static ClientAddress AddressOf(string address) => ClientAddress.Of(IPAddress.Parse(address));

    private static Task<string> RefusedAsync(Trader who, HandInTicket solution) =>
        who.RefusedAsync(HttpMethod.Post, Routes.Ticket, solution);
}
