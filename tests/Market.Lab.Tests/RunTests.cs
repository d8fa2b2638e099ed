using System.Globalization;
using System.Xml.Linq;

namespace Market.Lab.Tests;

public sealed class RunTests
{
    [Theory]
    [InlineData("weak")]
    [InlineData("expiry")]
    [InlineData("withholding")]
    public void A_seed_plays_the_same_games_on_any_number_of_cores(string name)
    {
        var one = Scenario.Find(name)!.Report(new LabRun(7, 20_000, 1));
        var many = Scenario.Find(name)!.Report(new LabRun(7, 20_000, 5));
        var other = Scenario.Find(name)!.Report(new LabRun(8, 20_000, 5));

        Assert.Equal(LabCsv.Points(one), LabCsv.Points(many));
        Assert.Equal(LabCsv.Checks(one), LabCsv.Checks(many));
        Assert.NotEqual(LabCsv.Points(one), LabCsv.Points(other));
    }

    [Fact]
    public void Seed_stream_and_game_each_make_other_numbers()
    {
        var first = new LabRandom(1, 1, 1).Bits();
        Assert.Equal(first, new LabRandom(1, 1, 1).Bits());
        Assert.Distinct([first, new LabRandom(2, 1, 1).Bits(), new LabRandom(1, 2, 1).Bits(), new LabRandom(1, 1, 2).Bits()]);
    }

    [Fact]
    public void Random_numbers_have_the_moments_that_they_should()
    {
        var random = new LabRandom(3, 0, 0);
        var (fraction, wait, poisson, chance) = (new Tally(), new Tally(), new Tally(), new Tally());
        for (var i = 0; i < 100_000; i++)
        {
            fraction.Add(random.Fraction());
            wait.Add(random.Wait(3));
            poisson.Add(random.Poisson(2.5));
            chance.Add(random.Chance(0.2) ? 1 : 0);
        }

        Near(0.5, fraction.ToEstimate());
        Near(3, wait.ToEstimate());
        Near(2.5, poisson.ToEstimate());
        Near(0.2, chance.ToEstimate());
        Assert.Equal(Math.Sqrt(1 / 12.0), fraction.ToEstimate().Deviation, 0.005);
        Assert.Equal(3, wait.ToEstimate().Deviation, 0.05);
        Assert.Equal(Math.Sqrt(2.5), poisson.ToEstimate().Deviation, 0.03);

        static void Near(double formula, Estimate estimate) => Assert.True(LabCheck.Of("", formula, estimate).Holds, $"{estimate}");
    }

    [Fact]
    public void A_tally_is_the_mean_and_the_deviation()
    {
        double[] figures = [3, 1, 4, 1, 5, 9, 2, 6];
        var tally = new Tally();
        foreach (var figure in figures)
        {
            tally.Add(figure);
        }

        var estimate = tally.ToEstimate();
        Assert.Equal(figures.Average(), estimate.Mean, 12);
        Assert.Equal(Math.Sqrt(figures.Sum(f => Math.Pow(f - figures.Average(), 2)) / 7), estimate.Deviation, 12);
        Assert.Equal(estimate.Deviation / Math.Sqrt(8), estimate.Error, 12);
        Assert.Equal(-2 * estimate.Mean, estimate.Times(-2).Mean, 12);
        Assert.Equal(2 * estimate.Deviation, estimate.Times(-2).Deviation, 12);
    }

    [Fact]
    public void More_blocks_are_more_games_and_no_longer_ones()
    {
        var run = new LabRun(1, 100_000, 1);
        var estimate = run.Play(0, 2, 500, 1, (_, figures) => figures[0] = 1)[0];
        Assert.Equal(100, estimate.Games);
        Assert.Equal(50_000, run.Played);

        // Few blocks are still as many games as an error bar needs.
        Assert.Equal(24, new LabRun(1, 1, 1).Play(0, 1, 500, 1, (_, _) => { })[0].Games);
    }

    [Fact]
    public void A_run_tells_how_far_it_is_and_ends_when_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var told = new Told(stop);
        var run = new LabRun(1, 10_000_000, 2, told, stop.Token);

        Assert.ThrowsAny<OperationCanceledException>(() => Scenario.Find("weak")!.Report(run));
        Assert.InRange(told.Last, 1e-9, 0.9);
    }

    [Theory]
    [InlineData(1, 1.39, 0.1, true)]
    [InlineData(1, 1.41, 0.1, false)]
    [InlineData(1, 0.59, 0.1, false)]
    [InlineData(1, 1, 0, true)]
    [InlineData(1, 1.1, 0, false)]
    [InlineData(1, double.NaN, 0.1, false)]
    public void A_formula_holds_within_four_errors(double formula, double mean, double error, bool holds)
    {
        Assert.Equal(holds, new LabCheck("", formula, mean, error).Holds);
        Assert.True(new LabCheck("", 1, 1.1, 0, 0.2).Holds);
    }

    [Fact]
    public void What_happens_too_rarely_to_be_judged_is_left_out()
    {
        var checks = new CheckList();
        checks.AddRare("rare", 0.1, new Estimate(0, 0, 100), 0.1);
        checks.AddRare("often enough", 0.1, new Estimate(0, 0, 300), 0.1);
        Assert.Equal("often enough", Assert.Single(checks.All).What);
        Assert.False(checks.All[0].Holds);
    }

    [Fact]
    public void A_plot_is_a_picture_of_its_points_and_formulas()
    {
        var plot = new LabPlot("a", "Paid <over> worth", new LabAxis("part", true), new LabAxis("paid / worth", true),
        [
            new LabSeries("p2share", [new LabPoint(0.001, 1, 0.1, 1, 1), new LabPoint(0.1, 2, 0.1, 1, 2)]),
            new LabSeries("without formula", [new LabPoint(0.01, 1.5, 2, 1, null), new LabPoint(0.1, 0, 0, 0, null)]),
        ]);
        var drawn = XDocument.Parse(LabSvg.Draw(plot));
        XNamespace svg = "http://www.w3.org/2000/svg";

        Assert.Equal("Paid <over> worth", drawn.Root!.Element(svg + "title")!.Value);
        Assert.Single(drawn.Descendants(svg + "polyline"));
        var groups = drawn.Descendants(svg + "g").ToList();
        Assert.Equal(2, groups.Count);

        // One circle is the legend's; what a logarithm cannot show is not drawn.
        Assert.Equal([3, 2], groups.Select(group => group.Elements(svg + "circle").Count()));
        var places = groups[0].Elements(svg + "circle")
            .Select(circle => double.Parse(circle.Attribute("cx")!.Value, CultureInfo.InvariantCulture));
        Assert.Equal(places.Take(2).Order(), places.Take(2));
        Assert.Contains(drawn.Descendants(svg + "text"), text => text.Value == "0.01");
        Assert.Equal(LabSvg.Draw(plot), LabSvg.Draw(plot));
    }

    [Fact]
    public void Points_and_checks_are_lines_of_csv()
    {
        var report = new LabReport("s", "q", 1, 2,
            [new LabPlot("a", "t", new LabAxis("x"), new LabAxis("y"),
                [new LabSeries("say \"so\"", [new LabPoint(0.5, 1, 0.25, 2, null)])])],
            [new LabCheck("c", 1, 3, 0.5)]);
        Assert.Equal(
            "plot,series,x,mean,standard_error,deviation_of_a_game,formula\n\"a\",\"say \"\"so\"\"\",0.5,1,0.25,2,\n",
            LabCsv.Points(report));
        Assert.Equal("figure,formula,mean,standard_error,errors_apart,holds\n\"c\",1,3,0.5,4,yes\n", LabCsv.Checks(report));
    }

    private sealed class Told(CancellationTokenSource stop) : IProgress<double>
    {
        public double Last { get; private set; }

        public void Report(double value)
        {
            Last = value;
            stop.Cancel();
        }
    }
}
