using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Chains.Http;
using Market.Cli.Common;
using Market.Contracts;
using Market.Sharechain;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market chain holders` and `select`: who takes part in the next payout, and whom it pays and why.</summary>
internal static class ChainPayoutCommands
{
    private static readonly Option<int> Limit = new("--limit")
    {
        Description = $"How many, the largest first, up to {ShareHolders.Most}",
        DefaultValueFactory = _ => 20,
    };

    /// <summary>`holders`.</summary>
    public static Command BuildHolders()
    {
        var command = new Command("holders", "Show payout scripts by what they hold, and their part in the next payout")
        {
            Limit, CommonOptions.Server, ChainLook.Sharechain,
        };
        command.SetAction(HoldersAsync);
        return command;
    }

    /// <summary>`select`.</summary>
    public static Command BuildSelect()
    {
        var command = new Command("select", "Show whom the next share block would pay if Bitcoin takes it, and why")
        {
            CommonOptions.Server, ChainLook.Sharechain,
        };
        command.SetAction(SelectAsync);
        return command;
    }

    private static async Task<int> HoldersAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var limit = arguments.GetValue(Limit);
        if (limit is < 1 or > ShareHolders.Most)
        {
            throw new CliException("bad-number", $"--limit takes 1 to {ShareHolders.Most}.");
        }

        using var look = await ChainLook.OpenAsync(arguments, cancellation);

        // Of a window the parts are those of its largest: all of them have to be known.
        var most = look.Profile.Window?.Holders;
        var answer = await look.Node.GetHoldersAsync(Math.Max(limit, most ?? 0), cancellation);
        var holders = answer.Holders.Select(HolderOf).ToList();
        var paid = most is null ? answer.TotalUnits : holders.Take(most.Value).Sum(holder => holder.Weight);
        var rows = holders.Take(limit).Select((holder, rank) => new HolderRow(
            look.Payee(ChainKind.Mainchain, holder.Script), holder.Script.ToString(), holder.Weight,
            most is null || rank < most ? holder.Weight / (double)paid : 0)).ToList();
        Output.Of(arguments).Result(
            new { tip = answer.Tip, height = answer.Height, units = answer.TotalUnits, count = answer.Count, holders = rows },
            console => Draw(console, look.Profile, answer, rows));
        return 0;
    }

    private static void Draw(IAnsiConsole console, SharechainProfile profile, HoldersPayload answer, List<HolderRow> rows)
    {
        if (rows.Count == 0)
        {
            console.WriteLine(Nobody);
            return;
        }

        var table = new Table().Border(TableBorder.None);
        table.AddColumn("payout address");
        table.AddColumn(new TableColumn("shares").RightAligned());
        table.AddColumn(new TableColumn(profile.Window is null ? "chance in each draw" : "part of the payout").RightAligned());
        foreach (var row in rows)
        {
            table.AddRow(
                Markup.Escape(row.Address), Figures.Shares(row.Units),
                row.Part == 0 ? "not paid" : row.Part.ToString("P4", CultureInfo.InvariantCulture));
        }

        console.Write(table);
        console.WriteLine($"{Figures.Sats(rows.Count)} of {Figures.Sats(answer.Count)} holders of "
            + $"{InWords.Shares(new Quantity(answer.TotalUnits))}, at share block #{Figures.Sats(answer.Height)}.");
    }

    private static async Task<int> SelectAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var look = await ChainLook.OpenAsync(arguments, cancellation);
        var next = await look.Node.GetPayoutAsync(cancellation);
        var reward = look.Network.Issuance.At(look.MainTip.Height + 1);
        var pays = PayeesOf(look.Profile, next)?.Outputs(reward) ?? [];
        Output.Of(arguments).Result(
            new
            {
                parent = next.Parent,
                height = next.Height,
                rule = look.Profile.Payout.Words,
                units = next.TotalUnits,
                reward = reward.Sats,
                draws = next.Draws,
                holders = next.Holders ?? [],
                pays = pays.Select(output => new
                {
                    address = look.Payee(ChainKind.Mainchain, output.ScriptPubKey),
                    script = output.ScriptPubKey.ToString(),
                    sats = output.Value.Sats,
                }),
            },
            console => Draw(console, look, next, reward, pays));
        return 0;
    }

    private static void Draw(
        IAnsiConsole console, ChainLook look, PayoutPayload next, Amount reward, ImmutableArray<TxOut> pays)
    {
        console.WriteLine($"Share block #{Figures.Sats(next.Height)}, on {next.Parent}");
        if (pays.IsEmpty)
        {
            console.WriteLine(Nobody);
            return;
        }

        console.WriteLine($"If it is a Bitcoin block, its subsidy of {InWords.Sats(reward.Sats)} (fees come on top) goes to:");
        var table = new Table().Border(TableBorder.None).HideHeaders();
        table.AddColumn("");
        table.AddColumn(new TableColumn("").RightAligned());
        foreach (var output in pays)
        {
            table.AddRow(
                Markup.Escape(look.Payee(ChainKind.Mainchain, output.ScriptPubKey)), InWords.Sats(output.Value.Sats));
        }

        console.Write(table);
        console.WriteLine($"Why: {look.Profile.Payout.Words}.");
        foreach (var draw in next.Draws)
        {
            console.WriteLine($"Draw {draw.Index}: TaggedHash(\"p2share/select\", parent || {draw.Index}) modulo "
                + $"{Figures.Sats(next.TotalUnits)} is {Figures.Sats(draw.Unit)}; that base unit is in {draw.OutPoint}, "
                + $"{InWords.Shares(new Quantity(draw.Value))}.");
        }

        if (look.Profile.Window is not null)
        {
            console.WriteLine($"In proportion to what they hold of the window's shares; who would get less than "
                + $"{InWords.Sats(WindowSplit.Dust)} falls out, and what rounding leaves goes to the largest.");
        }
    }

    private const string Nobody = "Nobody holds shares that take part yet: each miner is paid by its own Bitcoin block.";

    // What is drawn follows from the parent and the number of units: the node need not be believed about it.
    private static Payees? PayeesOf(SharechainProfile profile, PayoutPayload next)
    {
        if (next.TotalUnits <= 0)
        {
            return next.TotalUnits == 0 ? null : throw ChainLook.Contradicts("less than nothing takes part");
        }

        if (profile.Window is not null)
        {
            return next.Holders is { Length: > 0 } window
                ? new Payees.Weighed([.. window.Select(HolderOf)])
                : throw ChainLook.Contradicts("a window of shares pays nobody");
        }

        if (!Hash256.TryParse(next.Parent, out var parent) || next.Draws.Length != profile.Winners
            || next.Draws.Where((draw, k) => draw.Unit != Draws.Unit(new ShareId(parent), k, next.TotalUnits)).Any())
        {
            throw ChainLook.Contradicts("the draw names other units than it says");
        }

        return new Payees.Drawn([.. next.Draws.Select(draw => ScriptOf(draw.Script))]);
    }

    private static Holder HolderOf(HolderPayload holder) => holder.Weight > 0
        ? new Holder(ScriptOf(holder.Script), holder.Weight)
        : throw ChainLook.Contradicts("a holder holds nothing");

    private static Script ScriptOf(string text) => Hex.TryDecode(text, out var bytes)
        ? new Script(bytes)
        : throw ChainLook.Contradicts("a script is not hexadecimal");

    private sealed record HolderRow(string Address, string Script, long Units, double Part);
}
