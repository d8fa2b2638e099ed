namespace Market.Sharechain.Tests.Economics;

/// <summary>Grinding played out: shares are found one after another, each draws the winner of the next turn.</summary>
public sealed class GrindingTests
{
    private const int Turns = 400_000;

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.3, 0.1)]
    [InlineData(0.8, 0.2)]
    public void Others_keep_what_the_formula_says(double hashPart, double unitPart)
    {
        var game = Play(hashPart, unitPart, 3);
        var others = (game.Work - game.OwnWork) / game.Work;

        // Turns are few-sided dice: four standard errors of a part of so many turns are below a hundredth.
        Assert.Equal(Grinding.KeptByOthers(hashPart, unitPart) * (1 - unitPart), others, 0.01 * others);
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(0.3, 0.1)]
    [InlineData(0.6, 0.02)]
    public void At_a_margin_of_one_a_grinder_gains_what_he_gives_up(double hashPart, double unitPart)
    {
        // A pool pays 1 for a share's work; a share block's units are worth V. In the time of the turns played, the easier target
        // lets as many shares be accepted as without grinding.
        var game = Play(hashPart, unitPart, 4);
        var gain = (game.OwnWork / game.Work) - unitPart;
        var given = hashPart - (game.OwnShares / (double)Turns);
        var even = gain / given;
        Assert.Equal(1, Grinding.Margin(hashPart, unitPart, even, 1), 0.03);
        Assert.True(Grinding.Margin(hashPart, 0, even, 1) < 1.001 * Grinding.Margin(hashPart, unitPart, even, 1));
    }

    [Fact]
    public void Next_to_no_shares_make_the_published_margin()
    {
        Assert.Equal(0.5 * 3 / 2, Grinding.Margin(0.5, 0, 3, 2), 12);
        Assert.Equal(Grinding.Margin(0.5, 0, 3, 2), Grinding.Margin(0.5, 1e-9, 3, 2), 6);
    }

    /// <summary>Turns with the work that passed in all of them and in the grinder's, and the shares he minted.</summary>
    private static (double Work, double OwnWork, int OwnShares) Play(double hashPart, double unitPart, int seed)
    {
        var random = new Random(seed);
        var (work, own, shares) = (0.0, 0.0, 0);
        for (var turn = 0; turn < Turns; turn++)
        {
            var his = random.NextDouble() < unitPart;
            while (true)
            {
                var found = -Math.Log(1 - random.NextDouble());
                var byHim = random.NextDouble() < hashPart;
                work += found;
                own += his ? found : 0;
                if (his && byHim)
                {
                    continue;
                }

                shares += byHim ? 1 : 0;
                break;
            }
        }

        return (work, own, shares);
    }
}
