using System.Globalization;
using System.Text.Json;
using Market.Bitcoin;
using Market.Chains.Stratum;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>
/// How families of firmware open a connection and speak of what they find, as reports of their bugs and their pools' show. Each is
/// answered line for line, and what it finds is accepted.
/// </summary>
public sealed class FirmwareTests
{
    private const string User = "{user}";
    private const string Mask = """{"version-rolling.mask": "ffffffff"}""";
    private const string Bits = """{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":16}""";

    /// <summary>What a family says at first, in its order; each line is answered before the next is sent.</summary>
    public static TheoryData<string, string[]> Families => new()
    {
        {
            // bitaxeorg/ESP-Miner pull 1064: everything is sent at once, with a mask that no hardware can roll (issue 1169).
            "ESP-Miner 2.9",
            [
                """{"id": 1, "method": "mining.configure", "params": [["version-rolling"], {mask}]}""",
                """{"id": 2, "method": "mining.subscribe", "params": ["bitaxe/BM1368/v2.9.0"]}""",
                """{"id": 3, "method": "mining.authorize", "params": ["{user}", "x"]}""",
                """{"id": 4, "method": "mining.suggest_difficulty", "params": [1000]}""",
                """{"id": 5, "method": "mining.extranonce.subscribe", "params": []}""",
            ]
        },
        {
            // bitaxeorg/ESP-Miner issues 50, 80: the next line after each request is read as its answer; any other crashes it.
            "ESP-Miner 2.0",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["bitaxe v2.2"]}""",
                """{"id": 2, "method": "mining.configure", "params": [["version-rolling"], {mask}]}""",
                """{"id": 3, "method": "mining.suggest_difficulty", "params": [1000]}""",
                """{"id": 4, "method": "mining.authorize", "params": ["{user}", "x"]}""",
            ]
        },
        {
            // benjamin-wilson/public-pool issue 152: asks again and again for what its processor can do, without an id.
            "NerdMiner 1.8",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["NerdMinerV2/1.8.3"]}""",
                """{"id": 2, "method": "mining.authorize", "params": ["{user}", "x"]}""",
                """{"id": 3, "method": "mining.suggest_difficulty", "params": [0.00015]}""",
                """{"method": "mining.suggest_difficulty", "params": [0.00015]}""",
            ]
        },
        {
            // NMminer1024/NMMiner issue 18: the difficulty stands in the password.
            "NMMiner",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["NMMiner"]}""",
                """{"id": 2, "method": "mining.authorize", "params": ["{user}", "d=0.001"]}""",
            ]
        },
        {
            // bonesoul/CoiniumServ issue 528: on reconnecting it names its former session. Ids go on from before.
            "cgminer 4",
            [
                """{"id": 344, "method": "mining.subscribe", "params": ["cgminer/4.12.0", "deadbeefcafebabe0400000000000000"]}""",
                """{"id": 345, "method": "mining.authorize", "params": ["{user}", ""]}""",
                """{"id": 346, "method": "mining.get_transactions", "params": ["0"]}""",
            ]
        },
        {
            // stratum-mining/stratum pull 505: a difficulty is asked for before anything else.
            "WhatsMiner",
            [
                """{"id": 1, "method": "mining.suggest_difficulty", "params": ["4096"]}""",
                """{"id": 2, "method": "mining.multi_version", "params": [4]}""",
                """{"id": 3, "method": "mining.subscribe", "params": ["whatsminer/v1.0"]}""",
                """{"id": 4, "method": "mining.authorize", "params": ["{user}", "123"]}""",
            ]
        },
        {
            // stratum-mining/stratum issue 856: bits at least that it can use, a subscription with four parameters, no password.
            "Braiins OS 22",
            [
                """{"id":0,"method":"mining.configure","params":[["version-rolling"],{bits}]}""",
                """{"id":1,"method":"mining.subscribe","params":["bosminer-plus-am1-s9 0.9.0",null,"192.168.1.207:34255",null]}""",
                """{"id":2,"method":"mining.authorize","params":["{user}",""]}""",
            ]
        },
        {
            // benjamin-wilson/public-pool test/models/MockRecording1: what a Bitaxe said to it, in its order.
            "Bitaxe as public-pool recorded it",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["bitaxe v2.2"]}""",
                """{"id": 2, "method": "mining.configure", "params": [["version-rolling"], {mask}]}""",
                """{"id": 3, "method": "mining.authorize", "params": ["{user}", "x"]}""",
                """{"id": 4, "method": "mining.suggest_difficulty", "params": [512]}""",
            ]
        },
        {
            // bitaxeorg/ESP-Miner components/stratum/stratum_api.c: newer ones name the version of JSON-RPC.
            "ESP-Miner with JSON-RPC 2.0",
            [
                """{"jsonrpc": "2.0", "id": 1, "method": "mining.configure", "params": [["version-rolling"], {mask}]}""",
                """{"jsonrpc": "2.0", "id": 2, "method": "mining.subscribe", "params": ["bitaxe/BM1370/v2.12.0"]}""",
                """{"jsonrpc": "2.0", "id": 3, "method": "mining.authorize", "params": ["{user}", "x"]}""",
            ]
        },
        {
            // No family's: the order is the client's own, and ids may be texts.
            "Whoever authorizes first and pings",
            [
                """{"id":"a","method":"mining.authorize","params":["{user}"]}""",
                """{"id":"b","method":"mining.subscribe","params":[]}""",
                """{"id":"c","method":"mining.ping","params":[]}""",
            ]
        },
    };

    [Theory, MemberData(nameof(Families))]
    public async Task A_family_s_opening_is_answered_line_for_line_and_its_find_is_accepted(string family, string[] opening)
    {
        Assert.NotEmpty(family);
        await using var lab = await SessionLab.BeginAsync();
        foreach (var line in opening.Select(text => text.Replace("{mask}", Mask).Replace("{bits}", Bits)))
        {
            var answers = lab.Send(line.Replace(User, lab.User, StringComparison.Ordinal));

            // Exactly the answer: no firmware reads past it while it opens.
            using var answer = JsonDocument.Parse(Assert.Single(answers));
            using var asked = JsonDocument.Parse(line);
            Assert.Equal(JsonValueKind.Null, answer.RootElement.GetProperty("error").ValueKind);
            Assert.Equal(
                asked.RootElement.TryGetProperty("id", out var id) ? id.GetRawText() : "null",
                answer.RootElement.GetProperty("id").GetRawText());
        }

        lab.Offer(await lab.WorkAsync());
        Assert.Equal(["mining.set_difficulty", "mining.notify"], lab.Wire.Said);
        Assert.InRange(lab.Wire.ExtraNonce2Size, 4, 8);
        Assert.Equal(0, lab.Submit(lab.Wire.Mine(lab.User)));
    }

    [Theory]
    [InlineData(0x00ffe000u)]
    [InlineData(0x1fffe000u)]
    public async Task Rolled_bits_are_taken_as_a_difference_and_as_themselves(uint rolled)
    {
        // frstrtr/c2pool pull 1393: where a job's version had bits within the mask, what a Bitaxe sends named another header.
        await using var lab = await SessionLab.BeginAsync();
        lab.Send("""{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}""");
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User);
        var template = await lab.Node.GetTemplateAsync(lab.Miner);
        lab.Offer(new StratumWork(template with { MainHeader = template.MainHeader with { Version = 0x32ef0000 } }));
        var job = lab.Wire.Job;
        Assert.Equal("20000000", job.Version);
        var nonce = StratumWire.Solve(lab.Wire.Header(job, "00000000", rolled: rolled), lab.Wire.Difficulty)!.Value;
        Assert.Equal(0, lab.Submit(lab.User, job.Id, "00000000", job.Time, $"{nonce:x8}", $"{rolled:x8}"));
        Assert.Equal(22, lab.Submit(lab.User, job.Id, "00000000", job.Time, $"{nonce:X8}", $"{rolled ^ 0x20000000:X8}"));
    }

    [Fact]
    public async Task Bits_rolled_without_having_asked_are_refused_by_name()
    {
        // OCEAN-xyz/datum_gateway issue 214: an Antminer behind a rental sends them though nobody negotiated.
        await using var lab = await SessionLab.MiningAsync();
        var answer = lab.Ask("mining.submit", [.. lab.Wire.Mine(lab.User), "00a0e000"]);
        Assert.Equal(20, SessionLab.CodeOf(answer));
        Assert.Contains("Version bits", answer.GetProperty("error")[1].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, lab.Submit([.. lab.Wire.Mine(lab.User), "00000000"]));
    }

    [Fact]
    public async Task An_extranonce2_padded_with_blanks_is_refused_by_name_and_the_connection_stays()
    {
        // BitMaker-hub/NerdMiner_v2 issue 763.
        await using var lab = await SessionLab.MiningAsync();
        var found = lab.Wire.Mine(lab.User);
        for (var i = 0; i < 10; i++)
        {
            found[2] = i.ToString(CultureInfo.InvariantCulture).PadLeft(8);
            Assert.Equal(20, lab.Submit(found));
            Assert.Null(lab.Last.Close);
        }
    }

    [Fact]
    public async Task A_difficulty_that_comes_with_a_job_is_sent_before_it_and_once()
    {
        // shufps/qaxe issue 33: it holds from the next job on. slush0/stratum-mining-proxy issue 30: the same again is noise.
        await using var lab = await SessionLab.MiningAsync();
        for (var i = 0; i < 3; i++)
        {
            lab.Clock.Advance(TimeSpan.FromSeconds(1));
            lab.Offer(await lab.WorkAsync());
        }

        Assert.Equal(
            ["mining.set_difficulty", "mining.notify", "mining.notify", "mining.notify", "mining.notify"], lab.Wire.Said);
        lab.Ask("mining.suggest_difficulty", 1e-9);
        Assert.Equal(5, lab.Wire.Said.Count);
    }

    [Fact]
    public async Task A_suggestion_that_is_repeated_to_keep_a_connection_asks_for_nothing_new()
    {
        // benjamin-wilson/public-pool issue 152: every 30 s. Taken for a new one it would begin the search for its difficulty
        // again.
        await using var lab = await SessionLab.BeginAsync();
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User);
        lab.Ask("mining.suggest_difficulty", 1);
        lab.Offer(await lab.HardWorkAsync());
        Assert.Equal(1, lab.Wire.Difficulty);
        for (var i = 0; i < 3; i++)
        {
            lab.Tick(10);
            lab.Ask("mining.suggest_difficulty", 1);
        }

        Assert.Equal(1 / 16.0, lab.Wire.Difficulty);
    }

    [Fact]
    public async Task The_largest_coinbase_fits_what_cgminer_holds()
    {
        // ckolivas/cgminer pull 376: large ones broke it. The sharechain bounds what it pays at 20 kB.
        await using var lab = await SessionLab.BeginAsync();
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User);
        var template = await lab.Node.GetTemplateAsync(lab.Miner);
        var coinbase = template.MainCoinbase;
        var many = Enumerable.Range(0, 450).Select(i => new TxOut(new Amount(1_000), Script.P2wpkh(Keys(i))));
        lab.Offer(new StratumWork(template with
        {
            MainCoinbase = new Transaction(coinbase.Version, coinbase.Inputs, [.. many, .. coinbase.Outputs], 0),
        }));
        Assert.InRange((lab.Wire.Job.Coinbase1.Length + lab.Wire.Job.Coinbase2.Length) / 2, 10_000, 20_000);

        static PublicKey Keys(int i) => PrivateKey.Create(Hash256.DoubleSha256([(byte)i, (byte)(i >> 8)]).ToArray()).PublicKey;
    }
}
