using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>Each rule of the wire: what is accepted, and what is refused.</summary>
public sealed class StratumSessionTests
{
    [Fact]
    public async Task Nothing_but_answers_is_sent_before_the_answer_to_subscribe()
    {
        await using var lab = await SessionLab.BeginAsync();
        lab.Ask("mining.configure", SessionLab.Rolling, SessionLab.MaskOf("ffffffff"));
        Assert.False(lab.Last.WantsWork);
        lab.Ask("mining.authorize", lab.User, "x");
        lab.Ask("mining.suggest_difficulty", 1000);
        lab.Offer(await lab.WorkAsync());
        Assert.Empty(lab.Session.Say("wait").Lines);
        lab.Tick(1);
        Assert.Empty(lab.Wire.Said);

        var subscribed = lab.Send("""{"id":"s1","method":"mining.subscribe","params":[]}""");
        Assert.StartsWith("{\"id\":\"s1\",\"result\":[[[\"mining.set_difficulty\"", subscribed[0], StringComparison.Ordinal);
        Assert.EndsWith(",\"error\":null}\n", subscribed[0], StringComparison.Ordinal);
        Assert.Equal(["client.show_message"], lab.Wire.Said);
        Assert.True(lab.Last.WantsWork);
        lab.Offer(await lab.WorkAsync());
        Assert.Equal(["client.show_message", "mining.set_difficulty", "mining.notify"], lab.Wire.Said);
        Assert.DoesNotContain("mining.set_version_mask", lab.Wire.Said);
    }

    [Fact]
    public async Task No_work_is_given_before_an_address_is_known()
    {
        await using var lab = await SessionLab.BeginAsync();
        lab.Ask("mining.subscribe");
        lab.Offer(await lab.WorkAsync());
        Assert.Empty(lab.Wire.Said);
        lab.Ask("mining.authorize", lab.User);
        Assert.True(lab.Last.WantsWork);
        lab.Ask("mining.authorize", lab.Address + ".rig2");
        Assert.False(lab.Last.WantsWork);
    }

    [Fact]
    public async Task A_user_is_an_address_of_this_sharechain_and_one_connection_has_one()
    {
        await using var lab = await SessionLab.BeginAsync(new StratumRules { MostWorkers = 3 });
        var other = BitcoinAddress.FromScript(Script.P2wsh(Script.Empty), lab.Node.Network).ToString();
        var foreign = BitcoinAddress.FromScript(lab.Miner, Network.Mainnet).ToString();
        Assert.Equal(24, SessionLab.CodeOf(lab.Ask("mining.authorize", foreign + ".rig")));
        Assert.Equal(24, SessionLab.CodeOf(lab.Ask("mining.authorize", "")));
        Assert.Equal(24, SessionLab.CodeOf(lab.Ask("mining.authorize")));
        Assert.Equal(24, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.Address + "." + new string('x', 200))));
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.Address.ToUpperInvariant())));
        Assert.Equal(24, SessionLab.CodeOf(lab.Ask("mining.authorize", other)));
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.Address + ".a")));
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.Address + ".b")));
        Assert.Equal(24, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.Address + ".c")));
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.Address + ".a")));
        Assert.Equal(lab.Miner, lab.Session.Address!.ScriptPubKey);
    }

    [Fact]
    public async Task A_worker_whose_name_is_long_or_strange_mines_under_what_is_kept_of_it()
    {
        await using var lab = await SessionLab.MiningAsync();
        var user = lab.Address.ToUpperInvariant() + ".\u00fc" + new string('x', 60);
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.authorize", user)));
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(user)));
        Assert.Equal($"{lab.Address}.?{new string('x', 31)}", lab.Last.Result!.Worker);
    }

    [Fact]
    public async Task A_password_may_name_the_account_that_work_earns_standing_for_and_one_that_is_none_stops_nobody()
    {
        await using var lab = await SessionLab.MiningAsync();
        var key = XOnlyPublicKey.Nums.ToString();
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(lab.User)));
        Assert.Null(lab.Last.Result!.Key);
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.authorize", lab.User, $"x;KEY={key.ToUpperInvariant()} z")));
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(lab.User, "00000001")));
        Assert.Equal(key, lab.Last.Result.Key!.ToString());

        // Each worker has its own.
        var other = lab.Address + ".other";
        lab.Ask("mining.authorize", other, "key=nonsense");
        Assert.Equal("client.show_message", lab.Wire.Said[^1]);
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(other, "00000002")));
        Assert.Null(lab.Last.Result.Key);
    }

    [Fact]
    public async Task A_result_of_the_wire_is_the_share_that_the_sharechain_takes()
    {
        await using var lab = await SessionLab.MiningAsync();
        Assert.Equal((4, 4), (lab.Wire.ExtraNonce1.Length, lab.Wire.ExtraNonce2Size));
        var found = lab.Wire.Mine(lab.User, "0badcafe", difficulty: (await lab.WorkAsync()).ShareDifficulty);
        Assert.Equal(0, lab.Submit(found));
        var result = lab.Last.Result!;
        Assert.Equal((lab.User, StratumReject.None), (result.Worker, result.Reject));
        Assert.True(result.Hash >= result.Difficulty);
        var taken = await lab.Node.SubmitShareAsync(result.Share!, TestContext.Current.CancellationToken);
        Assert.Equal(SubmitCode.Accepted, taken.Code);
        Assert.Equal(SubmitCode.Accepted, taken.MainResult!.Code);
        Assert.Single(await lab.Node.GetCoinsAsync(lab.Miner));
    }

    [Fact]
    public async Task Another_length_of_extranonce2_is_refused_with_words()
    {
        await using var lab = await SessionLab.MiningAsync();
        var good = lab.Wire.Mine(lab.User);
        foreach (var wrong in new[] { "000000", "0000000000000000", "", "0000000g", "       1" })
        {
            string[] bad = [.. good];
            bad[2] = wrong;
            var answer = lab.Ask("mining.submit", [.. bad]);
            Assert.Equal(20, SessionLab.CodeOf(answer));
            Assert.Contains("extranonce2", answer.GetProperty("error")[1].GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(0, lab.Submit(good));
    }

    [Theory]
    [InlineData("[0.00015]", 0.00015)]
    [InlineData("[\"0.5\"]", 0.5)]
    [InlineData("[[3]]", 3)]
    [InlineData("\"2\"", 2)]
    [InlineData("1.25", 1.25)]
    [InlineData("[1e-9]", 1e-4)]
    [InlineData("[1537]", 1537)]
    public async Task A_difficulty_is_suggested_as_number_text_or_list_and_held_within_bounds(string suggested, double sent)
    {
        await using var lab = await SessionLab.BeginAsync();
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User);
        Assert.Equal(0, SessionLab.CodeOf(lab.AskRaw("mining.suggest_difficulty", suggested)));
        lab.Offer(await lab.HardWorkAsync());
        Assert.Equal(sent, lab.Wire.Difficulty);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[-1]")]
    [InlineData("[\"much\"]")]
    [InlineData("[0]")]
    [InlineData("[{}]")]
    [InlineData("[1e999]")]
    public async Task What_is_no_difficulty_is_refused(string suggested)
    {
        await using var lab = await SessionLab.BeginAsync();
        Assert.Equal(20, SessionLab.CodeOf(lab.AskRaw("mining.suggest_difficulty", suggested)));
    }

    [Fact]
    public async Task A_password_may_name_a_difficulty_and_a_target_may_be_suggested()
    {
        await using var lab = await SessionLab.BeginAsync();
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User, "x,d=0.25");
        lab.Offer(await lab.HardWorkAsync());
        Assert.Equal(0.25, lab.Wire.Difficulty);
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.suggest_target", "000000003fffc000" + new string('0', 48))));
        Assert.Equal(4, lab.Wire.Difficulty);
        Assert.Equal(20, SessionLab.CodeOf(lab.Ask("mining.suggest_target", "00")));
    }

    [Fact]
    public async Task No_difficulty_is_above_a_share_s_so_that_no_share_is_missed()
    {
        await using var lab = await SessionLab.MiningAsync();
        var work = await lab.WorkAsync();
        Assert.True(lab.Wire.Difficulty <= work.ShareDifficulty);
        Assert.True(lab.Wire.Difficulty > work.ShareDifficulty * 0.9999);
        lab.Ask("mining.suggest_difficulty", 1_000_000);
        Assert.True(lab.Wire.Difficulty <= work.ShareDifficulty);
    }

    [Fact]
    public async Task No_difficulty_is_above_the_easiest_weak_share_s_so_that_no_weak_share_is_missed()
    {
        await using var lab = await SessionLab.MiningAsync();
        var template = await lab.Node.GetTemplateAsync(lab.Miner, TestContext.Current.CancellationToken);
        var header = template.Header with
        {
            Version = ShareHeader.WeakVersion,
            Bits = new CompactTarget(0x1900ffff),
            WeakBits = new CompactTarget(0x1a00ffff),
        };
        var work = new StratumWork(template with { Header = header });
        Assert.True(work.HasWeak);
        lab.Ask("mining.suggest_difficulty", 1e15);
        lab.Offer(work);
        Assert.InRange(lab.Wire.Difficulty, work.WeakDifficulty * 0.9999, work.WeakDifficulty);
    }

    [Fact]
    public async Task A_result_is_judged_at_the_difficulty_of_its_job()
    {
        await using var lab = await SessionLab.MiningAsync(new StratumRules { LeastDifficulty = 1e-9 });
        lab.Ask("mining.suggest_difficulty", 1e-8);
        var (easy, sent) = (lab.Wire.Job, lab.Wire.Difficulty);
        Assert.Equal(1e-8, sent);
        var before = lab.Wire.Jobs.Count;
        lab.Ask("mining.suggest_difficulty", 5e-7);
        Assert.Equal(before + 1, lab.Wire.Jobs.Count);
        Assert.Equal(["mining.set_difficulty", "mining.notify"], lab.Wire.Said[^2..]);
        Assert.False(lab.Wire.Job.Clean);
        var weak = Between(lab.Wire, easy, 1e-8, 5e-7);

        // Good for the job that it was found on, and not for the one after the change.
        Assert.Equal(23, lab.Submit(lab.User, lab.Wire.Job.Id, "00000000", easy.Time, weak));
        Assert.Equal(0, lab.Submit(lab.User, easy.Id, "00000000", easy.Time, weak));
        Assert.Equal(1e-8, lab.Last.Result!.Difficulty);
    }

    [Fact]
    public async Task The_same_result_again_is_refused_also_under_the_job_s_other_name()
    {
        await using var lab = await SessionLab.MiningAsync(new StratumRules { LeastDifficulty = 1e-9 });
        lab.Ask("mining.suggest_difficulty", 1e-8);
        var first = lab.Wire.Mine(lab.User);
        Assert.Equal(0, lab.Submit(first));
        Assert.Equal(22, lab.Submit(first));
        lab.Ask("mining.suggest_difficulty", 1e-9);
        Assert.NotEqual(first[1], lab.Wire.Job.Id);
        first[1] = lab.Wire.Job.Id;
        Assert.Equal(22, lab.Submit(first));
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(lab.User, "00000001")));
    }

    [Fact]
    public async Task Late_results_are_told_from_false_ones_and_handed_in()
    {
        await using var lab = await SessionLab.MiningAsync();
        var old = lab.Wire.Job;
        await lab.MoveAsync();
        lab.Offer(await lab.WorkAsync());
        Assert.True(lab.Wire.Job.Clean);
        var late = lab.Wire.Mine(lab.User, job: old);
        string[] wrong = [.. late];
        wrong[4] = Between(lab.Wire, old, 0, lab.Wire.Difficulty);
        Assert.Equal(23, lab.Submit(wrong));
        Assert.Equal(21, lab.Submit(late));
        Assert.Equal(StratumReject.Stale, lab.Last.Result!.Reject);
        Assert.NotNull(lab.Last.Result.Share);
        Assert.Equal(0, lab.Last.Result.Difficulty);

        // Two rounds later it is known, and then forgotten.
        await lab.MoveAsync();
        lab.Offer(await lab.WorkAsync());
        Assert.Equal(22, lab.Submit(late));
        await lab.MoveAsync();
        lab.Offer(await lab.WorkAsync());
        Assert.Equal(21, lab.Submit(lab.Wire.Mine(lab.User, "00000001", old)));
        Assert.Equal(StratumReject.JobUnknown, lab.Last.Result.Reject);
        Assert.Equal(21, lab.Submit(lab.User, "nonsense", "00000000", old.Time, "00000000"));
    }

    [Fact]
    public async Task Jobs_are_clean_only_when_a_tip_moves()
    {
        await using var lab = await SessionLab.MiningAsync();
        Assert.True(lab.Wire.Job.Clean);
        var first = lab.Wire.Job;
        lab.Clock.Advance(TimeSpan.FromSeconds(30));
        lab.Offer(await lab.WorkAsync());
        Assert.False(lab.Wire.Job.Clean);
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(lab.User, job: first)));
        await lab.Main.MineAsync(1, Coins.Owner(3));
        lab.Offer(await lab.WorkAsync());
        Assert.True(lab.Wire.Job.Clean);
        await lab.MoveAsync();
        lab.Offer(await lab.WorkAsync());
        Assert.True(lab.Wire.Job.Clean);
    }

    [Fact]
    public async Task Unknown_methods_are_refused_and_known_ones_answered()
    {
        await using var lab = await SessionLab.BeginAsync();
        Assert.Equal(20, SessionLab.CodeOf(lab.Ask("mining.dance")));
        Assert.Null(lab.Last.Close);
        Assert.Equal("pong", lab.Ask("mining.ping").GetProperty("result").GetString());
        Assert.True(lab.Ask("mining.extranonce.subscribe").GetProperty("result").GetBoolean());
        Assert.True(lab.Ask("mining.multi_version", 4).GetProperty("result").GetBoolean());
        Assert.Equal(0, lab.Ask("mining.get_transactions", "1").GetProperty("result").GetArrayLength());

        // A miner's answer to words is nothing, and so is its keepalive without an id.
        Assert.Empty(lab.Send("""{"id":4,"result":true,"error":null}"""));
        var kept = Assert.Single(lab.Send("""{"method":"mining.suggest_difficulty","params":[0.00015]}"""));
        Assert.StartsWith("{\"id\":null,\"result\":true", kept, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":[1],"method":"mining.ping"}""")]
    [InlineData("""{"id":1,"method":7}""")]
    [InlineData("""{"id":1,"method":"mining.ping"} {}""")]
    [InlineData("""{"id":1,"method":"mining.ping","params":[[[[[[[[[[1]]]]]]]]]]}""")]
    public async Task The_fifth_line_that_is_no_request_closes(string line)
    {
        await using var lab = await SessionLab.BeginAsync();
        for (var i = 1; i <= 5; i++)
        {
            using var answer = JsonDocument.Parse(Assert.Single(lab.Send(line)));
            Assert.Equal(20, SessionLab.CodeOf(answer.RootElement));
            Assert.Equal(i == 5, lab.Last.Close is not null);
        }
    }

    [Fact]
    public async Task Who_says_nothing_for_a_minute_is_closed_and_who_mines_is_not()
    {
        await using var lab = await SessionLab.BeginAsync();
        lab.Tick(59);
        Assert.Null(lab.Last.Close);
        lab.Tick(1);
        Assert.NotNull(lab.Last.Close);
        await using var mining = await SessionLab.MiningAsync();
        mining.Tick(3_600);
        Assert.Null(mining.Last.Close);
    }

    [Fact]
    public async Task Work_that_may_be_dead_is_given_no_more_whatever_becomes_of_its_difficulty()
    {
        await using var lab = await SessionLab.MiningAsync();
        lab.Offer(await lab.HardWorkAsync());
        var given = lab.Wire.Jobs.Count;
        lab.Tick(10);
        Assert.Equal(given + 1, lab.Wire.Jobs.Count);
        lab.Pause("The mainchain: its node is still in its initial download.");
        lab.Tick(60);
        Assert.Equal(0, SessionLab.CodeOf(lab.Ask("mining.suggest_difficulty", 1e-4)));
        Assert.Equal(given + 1, lab.Wire.Jobs.Count);
        lab.Offer(await lab.HardWorkAsync());
        Assert.Equal(given + 2, lab.Wire.Jobs.Count);
        Assert.Equal(1e-4, lab.Wire.Difficulty, 1e-5);
    }

    [Fact]
    public async Task More_results_of_one_job_than_are_remembered_are_refused()
    {
        await using var lab = await SessionLab.MiningAsync(new StratumRules { LeastDifficulty = 1e-12 });
        lab.Ask("mining.suggest_difficulty", 1e-12);
        var job = lab.Wire.Job;
        for (var i = 0; i < StratumJob.MostResults; i++)
        {
            Assert.Equal(0, lab.Submit(lab.User, job.Id, "00000000", job.Time, $"{i:x8}"));
        }

        // About every second one is a block of this devnet's: none of those is one too many.
        var after = new HashSet<StratumReject>();
        for (var i = 0; i < 64; i++)
        {
            lab.Submit(lab.User, job.Id, "00000000", job.Time, $"{StratumJob.MostResults + i:x8}");
            var result = lab.Last.Result!;
            after.Add(result.Reject);
            Assert.Equal(result.Reject == StratumReject.None, result.Share is not null);
        }

        Assert.Equal([StratumReject.None, StratumReject.TooManyResults], after.Order());
    }

    // A nonce whose hash is of one difficulty at least, and less than another.
    private static string Between(StratumWire wire, WireJob job, double least, double below)
    {
        var header = wire.Header(job, "00000000");
        for (uint nonce = 0; ; nonce++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(76), nonce);
            var difficulty = StratumDifficulty.Of(Hash256.DoubleSha256(header).ToU256());
            if (difficulty >= least && difficulty < below)
            {
                return nonce.ToString("x8", CultureInfo.InvariantCulture);
            }
        }
    }
}
