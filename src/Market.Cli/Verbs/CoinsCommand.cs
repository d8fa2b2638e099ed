using System.CommandLine;
using System.Globalization;
using Market.Chains;
using Market.Cli.Common;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market coins`: coins that are proved to the market once, so that orders draw on them without a signature.</summary>
internal static class CoinsCommand
{
    private const string Both = "both";
    private const int MostAtOnce = 100;
    private const int LifeDays = 30;

    /// <summary>How long orders may stand on coins where nobody says.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(LifeDays);

    private static readonly Argument<string> Chain = new("chain")
    {
        Description = "btc, share or both",
        DefaultValueFactory = _ => Both,
    };

    private static readonly Option<int> Days = new("--days")
    {
        Description = "For how long orders may stand on them: 1 to 90 days",
        DefaultValueFactory = _ => LifeDays,
    };

    private static readonly Argument<string> Coin = new("coin")
    {
        Description = "txid:index as list shows it, or all: those that no order stands on",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var prove = new Command(
            "prove", "Prove free coins of the wallet: orders draw on them (buy and sell --proved, bot), nothing else spends them")
        {
            Chain, Days,
        };
        var free = new Command("free", "Take proved coins back: the wallet may spend them again") { Coin };
        var list = new Command("list", "The proved coins: free, behind which orders, in which swap, spent or gone");
        foreach (var verb in new[] { prove, list, free })
        {
            foreach (var option in new Option[]
            {
                CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares,
                CommonOptions.TrustServer, CommonOptions.Filters,
            })
            {
                verb.Options.Add(option);
            }
        }

        prove.SetAction(ProveAsync);
        list.SetAction(ListAsync);
        free.SetAction(FreeAsync);
        return new Command("coins", "Coins that orders draw on: proved once, shared by orders, never given away")
        {
            prove, list, free,
        };
    }

    private static async Task<int> ProveAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var days = arguments.GetValue(Days);
        if (days is < 1 or > ProveOutpoints.MostDays)
        {
            throw new CliException("bad-days", $"--days must be 1 to {ProveOutpoints.MostDays}.");
        }

        var word = arguments.GetValue(Chain)!;
        ChainKind[] chains = word == Both ? [ChainKind.Mainchain, ChainKind.Sharechain] : [WalletCommand.ParseChain(word)];
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var api = CliSession.ApiOf(arguments, session.Wallet.Keys);
        var coins = new ProvedCoins(api, session.Wallet, CliSession.Clock);
        // What was promised before, and perhaps never proved, comes first.
        var renewed = 0;
        try
        {
            renewed = await coins.RenewAsync(TimeSpan.FromDays(days), cancellation);
        }
        catch (MarketApiException refused) when (refused.IsCertain)
        {
            output.Progress($"Not proved anew: {refused.Message}");
        }

        var proved = new List<ProvedOutpoint>();
        foreach (var chain in chains)
        {
            var some = (await coins.FreeAsync(chain, cancellation)).Take(MostAtOnce).ToList();
            proved.AddRange(await coins.ProveAsync(chain, some, TimeSpan.FromDays(days), cancellation));
        }

        if (proved.Count == 0 && renewed > 0)
        {
            output.Progress($"Proved anew: {renewed} coins. The wallet has no others that are free, confirmed and large enough.");
            proved.AddRange(await coins.ListAsync(cancellation));
        }
        else if (proved.Count == 0)
        {
            throw new CliException("no-coins", "The wallet has no free, confirmed coins to prove that are large enough: "
                + "market wallet balance.");
        }

        output.Result(proved, console => Draw(console, proved));
        return 0;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var api = CliSession.ApiOf(arguments, session.Wallet.Keys);
        var all = await new ProvedCoins(api, session.Wallet, CliSession.Clock).ListAsync(cancellation);
        output.Result(all, console => Draw(console, all));
        return 0;
    }

    private static async Task<int> FreeAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var which = arguments.GetValue(Coin)!;
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var api = CliSession.ApiOf(arguments, session.Wallet.Keys);
        var coins = new ProvedCoins(api, session.Wallet, CliSession.Clock);
        var all = await coins.ListAsync(cancellation);
        var meant = all.Where(coin => which == "all" ? coin.Orders.Count == 0 && coin.SwapId is null : coin.Outpoint == which)
            .ToList();
        var unknown = (await coins.UnknownAsync(all, cancellation))
            .Where(coin => which == "all" || coin.Outpoint == which).ToList();
        if (meant.Count + unknown.Count == 0)
        {
            throw new CliException("no-coins", which == "all"
                ? "No proved coin is without orders and swaps: market orders cancel all."
                : $"{which} is not proved: market coins list.");
        }

        List<(string Chain, string Outpoint)> free = [.. meant.Select(coin => (coin.Chain, coin.Outpoint)), .. unknown];
        foreach (var (chain, outpoint) in free)
        {
            try
            {
                await coins.TakeBackAsync(chain, outpoint, cancellation);
            }
            catch (MarketApiException e) when (e.Code == ProblemCodes.OutpointInUse && which == "all")
            {
                output.Progress(e.Message);
            }
        }

        output.Result(free.Select(coin => new { coin.Chain, coin.Outpoint }), console => console.WriteLine(
            free.Count == 1
                ? $"{free[0].Outpoint} is the wallet's alone again."
                : $"{free.Count} coins are the wallet's alone again."));
        return 0;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<ProvedOutpoint> coins)
    {
        if (coins.Count == 0)
        {
            console.WriteLine("No coins are proved: market coins prove.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("coin", "of", "value", "free", "state", "behind", "until");
        foreach (var coin in coins)
        {
            table.AddRow(
                coin.Outpoint, coin.Asset, Amount(coin, coin.Value), Amount(coin, coin.Free), StateOf(coin),
                Markup.Escape(string.Join(", ", coin.Orders.Select(order => $"{order.Id} {order.Instrument}"))),
                Figures.Time(coin.ExpiresAt));
        }

        console.Write(table);
    }

    private static string StateOf(ProvedOutpoint coin) => coin.State switch
    {
        OutpointState.Free => "free",
        OutpointState.Ordered => "behind orders",
        OutpointState.InSwap => $"in swap {coin.SwapId}",
        OutpointState.Spent => "spent",
        OutpointState.Gone => "gone by a reorganisation",
        _ => "expired",
    };

    private static string Amount(ProvedOutpoint coin, string units) =>
        long.Parse(units, CultureInfo.InvariantCulture) is var number && coin.Asset == "BTC"
            ? Figures.Sats(number)
            : Figures.Shares(number);
}
