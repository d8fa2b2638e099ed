using System.CommandLine;
using System.Globalization;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Cli.Common;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market chain status`: both chains as a node has them.</summary>
internal static class ChainStatusCommand
{
    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command("status", "Show both chains as a node or a market has them")
        {
            CommonOptions.Server, ChainLook.Sharechain,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var look = await ChainLook.OpenAsync(arguments, cancellation);
        var figures = await look.Node.GetFiguresAsync(cancellation);
        if (!uint.TryParse(figures.NextBits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
        {
            throw ChainLook.Contradicts("the next target is no number");
        }

        var work = new CompactTarget(bits).Work().ToDouble();
        Output.Of(arguments).Result(
            new
            {
                sharechain = new
                {
                    name = look.Profile.Name,
                    payout = look.Profile.Payout.Words,
                    tip = Plain(look.SharesTip),
                    supply = figures.Supply,
                    takesPart = figures.MatureUnits,
                    outputs = figures.Coins,
                    nextBits = figures.NextBits,
                    nextWork = work,
                    buildsOn = figures.MainHeight,
                },
                mainchain = new { name = look.Network.Name, tip = Plain(look.MainTip) },
            },
            console => Draw(console, look, figures, work));
        return 0;
    }

    private static object Plain(TipPayload tip) => new
    {
        height = tip.Height,
        id = tip.Id,
        time = DateTimeOffset.FromUnixTimeSeconds(tip.Time),
        medianTime = DateTimeOffset.FromUnixTimeSeconds(tip.MedianTime),
    };

    private static void Draw(IAnsiConsole console, ChainLook look, FiguresPayload figures, double work)
    {
        console.WriteLine($"{look.Profile.Name} on {look.Network.Name}; a Bitcoin block pays {look.Profile.Payout.Words}.");
        console.WriteLine($"sharechain  {Tip(look.SharesTip)}");
        console.WriteLine($"mainchain   {Tip(look.MainTip)}");
        console.WriteLine($"shares      {InWords.Shares(new Quantity(figures.Supply))} in {Figures.Sats(figures.Coins)} outputs; "
            + $"{InWords.Shares(new Quantity(figures.MatureUnits))} take part in the next payout");
        console.WriteLine($"next block  1 hash in {work.ToString("N0", CultureInfo.InvariantCulture)} is a share block (bits "
            + $"{figures.NextBits}); the newest builds on Bitcoin block #{Figures.Sats(figures.MainHeight)}");
    }

    private static string Tip(TipPayload tip)
    {
        var age = Figures.Relative(DateTimeOffset.FromUnixTimeSeconds(tip.Time), CliSession.Clock.GetUtcNow());
        return $"#{Figures.Sats(tip.Height)}  {tip.Id}  {age}";
    }
}
