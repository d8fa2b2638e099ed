using System.Globalization;
using Market.Sharechain;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Stratum;

/// <summary>What of a header a miner may roll, and who may send results.</summary>
public sealed class StratumResultTests
{
    [Theory]
    [InlineData("ffffffff", "1fffe000")]
    [InlineData("1fffe000", "1fffe000")]
    [InlineData("00ffe000", "00ffe000")]
    [InlineData("0000e001", "0000e000")]
    public async Task Version_bits_are_rolled_within_what_was_asked_and_BIP320_leaves(string asked, string granted)
    {
        await using var lab = await SessionLab.BeginAsync();
        var answer = lab.Ask(
            "mining.configure", new[] { "version-rolling", "minimum-difficulty", "nonsense" },
            new Dictionary<string, object> { ["version-rolling.mask"] = asked, ["version-rolling.min-bit-count"] = 2 })
            .GetProperty("result");
        Assert.True(answer.GetProperty("version-rolling").GetBoolean());
        Assert.Equal(granted, answer.GetProperty("version-rolling.mask").GetString());
        Assert.False(answer.GetProperty("minimum-difficulty").GetBoolean());
        Assert.False(answer.GetProperty("nonsense").GetBoolean());
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User);
        lab.Offer(await lab.WorkAsync());
        const uint rolled = 0x0000a000;
        var nonce = StratumWire.Solve(lab.Wire.Header(lab.Wire.Job, "00000000", rolled: rolled), lab.Wire.Difficulty);
        string[] found = [lab.User, lab.Wire.Job.Id, "00000000", lab.Wire.Job.Time, $"{nonce:x8}", $"{rolled:x8}"];
        string[] outside = [.. found];
        outside[5] = $"{rolled | 0x00000010:x8}";
        Assert.Equal(20, lab.Submit(outside));
        Assert.Equal(0, lab.Submit(found));
        Assert.Equal(0x2000a000, lab.Last.Result!.Share!.Proof.MainHeader.Version);
    }

    [Fact]
    public async Task Without_leave_no_bit_is_rolled_and_the_job_s_own_may_be_sent()
    {
        await using var lab = await SessionLab.BeginAsync();
        var refused = lab.Ask("mining.configure", SessionLab.Rolling, SessionLab.MaskOf("zz"));
        Assert.False(refused.GetProperty("result").GetProperty("version-rolling").GetBoolean());
        lab.Ask("mining.subscribe");
        lab.Ask("mining.authorize", lab.User);
        lab.Offer(await lab.WorkAsync());
        var found = lab.Wire.Mine(lab.User);
        Assert.Equal("20000000", lab.Wire.Job.Version);
        Assert.Equal(20, lab.Submit([.. found, "00002000"]));
        Assert.Equal(0, lab.Submit([.. found, "20000000"]));
    }

    [Fact]
    public async Task A_time_may_be_rolled_forward_and_not_too_far()
    {
        await using var lab = await SessionLab.MiningAsync();
        var time = uint.Parse(lab.Wire.Job.Time, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.Equal(20, Roll(time - 1, "00000000"));
        Assert.Equal(0, Roll(time + 600, "00000001"));
        Assert.Equal(0, Roll(time + ShareChecks.MostMainSecondsAhead, "00000002"));
        Assert.Equal(20, Roll(time + ShareChecks.MostMainSecondsAhead + 1, "00000003"));

        int Roll(uint at, string extraNonce2)
        {
            var nonce = StratumWire.Solve(lab.Wire.Header(lab.Wire.Job, extraNonce2, at), lab.Wire.Difficulty);
            return lab.Submit(lab.User, lab.Wire.Job.Id, extraNonce2, $"{at:x8}", $"{nonce:x8}");
        }
    }

    [Fact]
    public async Task Results_come_after_subscribe_from_a_worker_that_was_authorized()
    {
        await using var lab = await SessionLab.MiningAsync();
        var found = lab.Wire.Mine(lab.User);
        string[] stranger = [.. found];
        stranger[0] = lab.Address + ".other";
        Assert.Equal(24, lab.Submit(stranger));
        Assert.Equal(20, lab.Submit(found[..4]));
        Assert.Equal(20, lab.Submit([.. found, "x"]));
        Assert.Equal(20, lab.Submit(found[0], found[1], found[2], found[3], "123456789"));

        // Some firmware leaves out the zeros in front.
        found[4] = found[4].TrimStart('0');
        Assert.Equal(0, lab.Submit(found));
        lab.Reconnect();
        Assert.Equal(25, lab.Submit(found));
    }
}
