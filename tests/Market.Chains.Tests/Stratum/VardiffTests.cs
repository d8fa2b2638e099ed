using Market.Chains.Stratum;

namespace Market.Chains.Tests.Stratum;

public sealed class VardiffTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    [Theory]
    [InlineData(80_000)]
    [InlineData(5e6)]
    [InlineData(1.2e12)]
    [InlineData(2e14)]
    public void Every_miner_has_a_result_about_every_ten_seconds_after_the_first_minute(double hashesPerSecond)
    {
        var counted = Mine(hashesPerSecond, 60 + 7_200, new Random(7)).Count(at => at > 60);
        Assert.InRange(counted / 720.0, 0.6, 1.6);
    }

    // When a miner has its results: as chance has them, from a seed; it applies a difficulty at once.
    private static List<double> Mine(double hashesPerSecond, double seconds, Random random)
    {
        var times = new List<double>();
        var rule = new Vardiff(16, Start);
        var (at, looked) = (0.0, 0.0);
        while (true)
        {
            var mean = rule.Difficulty * StratumDifficulty.Hashes / hashesPerSecond;
            var next = at - Math.Log(1 - random.NextDouble()) * mean;
            if (next > looked + 1)
            {
                if (looked + 1 > seconds)
                {
                    return times;
                }

                // No result before the second is over: by chance's own rule it is drawn anew from there.
                at = looked += 1;
                rule.Look(rule.Difficulty, Start.AddSeconds(at));
                continue;
            }

            at = next;
            times.Add(at);
            rule.Count();
            rule.Look(rule.Difficulty, Start.AddSeconds(at));
        }
    }

    [Theory]
    [InlineData(80_000)]
    [InlineData(5e6)]
    [InlineData(1.2e12)]
    [InlineData(2e14)]
    public void In_the_second_minute_results_come_at_the_pace_aimed_at_whatever_the_machine(double hashesPerSecond)
    {
        const int machines = 200;
        var (counted, far, first) = (0, 0, 0);
        for (var seed = 0; seed < machines; seed++)
        {
            var times = Mine(hashesPerSecond, 120, new Random(seed));
            var second = times.Count(at => at > 60);
            (counted, first) = (counted + second, first + times.Count(at => at <= 60));
            far += second is < 2 or > 12 ? 1 : 0;
        }

        // Six each are aimed at; of ten thousand machines at the right pace 240 had less than two or more than twelve.
        Assert.InRange(counted / (6.0 * machines), 0.75, 1.25);
        Assert.InRange(far, 0, machines / 10);
        Assert.InRange(first, 0, 18 * machines);
    }

    [Fact]
    public void One_that_never_had_a_result_is_eased_every_ten_seconds()
    {
        var rule = new Vardiff(16, Start);
        Assert.False(rule.Look(16, Start.AddSeconds(9.9)));
        Assert.True(rule.Look(16, Start.AddSeconds(10)));
        Assert.Equal(1, rule.Difficulty);
        Assert.False(rule.Look(1, Start.AddSeconds(19)));
        Assert.True(rule.Look(1, Start.AddSeconds(20)));
        Assert.Equal(1 / 16.0, rule.Difficulty);
        rule.Suggest(512, Start.AddSeconds(20));
        Assert.False(rule.Look(512, Start.AddSeconds(49)));
        Assert.True(rule.Look(512, Start.AddSeconds(50)));
    }

    [Fact]
    public void What_chance_explains_changes_nothing()
    {
        var rule = new Vardiff(8, Start);
        rule.Count();
        for (var second = 1; second <= 240; second++)
        {
            if (second % 12 == 0)
            {
                rule.Count();
            }

            Assert.False(rule.Look(8, Start.AddSeconds(second)));
        }

        Assert.Equal(8, rule.Difficulty);
    }

    [Fact]
    public void A_miner_that_stops_is_eased_and_one_that_doubles_is_held()
    {
        var rule = new Vardiff(8, Start);
        rule.Count();
        Assert.False(rule.Look(8, Start.AddSeconds(39)));
        Assert.True(rule.Look(8, Start.AddSeconds(40)));
        Assert.Equal(2, rule.Difficulty, 9);
        for (var i = 0; i < 12; i++)
        {
            rule.Count();
        }

        Assert.True(rule.Look(rule.Difficulty, Start.AddSeconds(50)));
        Assert.Equal(24, rule.Difficulty, 9);
    }

    [Fact]
    public void One_that_has_settled_is_let_alone_for_longer()
    {
        var rule = new Vardiff(8, Start);
        for (var second = 10; second <= 240; second += 10)
        {
            rule.Count();
            Assert.False(rule.Look(8, Start.AddSeconds(second)));
        }

        // Five in ten seconds, and three in a minute, move only who has not settled.
        for (var i = 0; i < 5; i++)
        {
            rule.Count();
        }

        Assert.False(rule.Look(8, Start.AddSeconds(250)));
        Assert.False(rule.Look(8, Start.AddSeconds(300)));
    }

    [Theory]
    [InlineData(1.0, "1")]
    [InlineData(0.00015, "0.00015")]
    [InlineData(4.656542373906925e-10, "0.000000000465654")]
    [InlineData(7.999999, "7.99999")]
    [InlineData(1234.9, "1234")]
    [InlineData(1.1e14, "110000000000000")]
    [InlineData(1 / 3.0, "0.333333")]
    public void A_difficulty_is_sent_in_digits_without_an_exponent_and_never_above_what_is_meant(double meant, string text)
    {
        var sent = StratumDifficulty.Rounded(meant);
        Assert.Equal(text, StratumDifficulty.Text(sent));
        Assert.Equal(sent, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(sent <= meant);
        Assert.Equal(sent, StratumDifficulty.Rounded(sent));
    }

    [Fact]
    public void Difficulty_one_is_Bitcoin_s_easiest_target()
    {
        Assert.True(new Market.Bitcoin.CompactTarget(0x1d00ffff).TryExpand(out var target));
        Assert.Equal(target, StratumDifficulty.ToTarget(1));
        Assert.Equal(1, StratumDifficulty.Of(target));
        Assert.Equal(target >> 1, StratumDifficulty.ToTarget(2));
        Assert.True(StratumDifficulty.ToTarget(1e-20) == StratumDifficulty.ToTarget(1e-25));
        Assert.InRange(Math.Pow(2, 256) / target.ToDouble() / StratumDifficulty.Hashes, 0.999_999_999, 1.000_000_001);
    }
}
