using System.CommandLine;
using System.Globalization;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Cli.Common;
using Market.Client.Wallets;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market standing bond`: coins of the wallet at stake: locked, shown to the market, listed, taken back.</summary>
internal static class StandingBondCommand
{
    private const int FeeTarget = 6;

    private static readonly Argument<string> Chain = new("chain") { Description = "btc or share" };

    private static readonly Argument<string> Amount = new("amount")
    {
        Description = "Satoshis (2700000) or shares (50, 0.5)",
    };

    private static readonly Argument<string> Until = new("until")
    {
        Description = "The month at whose beginning the coins are free again, such as 2028-01 (UTC)",
    };

    private static readonly Argument<string> Coin = new("coin") { Description = "The bond's output: txid:index, as list shows it" };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Send without asking" };

    /// <summary>The verb.</summary>
    public static Command Build() => new(
        "bond", "Coins at stake: while they are locked, their account may ask the market for more; the market never takes them")
    {
        Verb("create", "Lock coins of the wallet until a month; nobody can spend them before", CreateAsync, Chain, Amount, Until),
        Verb("prove", "Show the wallet's bonds to the market, so that they count for its account", ProveAsync),
        Verb("list", "List the wallet's bonds on both chains", ListAsync),
        Verb("withdraw", "Take a bond back whose time is over", WithdrawAsync, Coin),
    };

    private static Command Verb(
        string name, string what, Func<ParseResult, CancellationToken, Task<int>> act, params Argument[] arguments)
    {
        var command = new Command(name, what)
        {
            CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares,
            CommonOptions.TrustServer, CommonOptions.Filters,
        };
        foreach (var argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        if (arguments.Length > 0)
        {
            command.Options.Add(Yes);
        }

        command.SetAction(act);
        return command;
    }

    private static async Task<int> CreateAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var chain = WalletCommand.ParseChain(arguments.GetValue(Chain)!);
        var amount = new Amount(chain == ChainKind.Sharechain
            ? Figures.ParseShares(arguments.GetValue(Amount)!).Units
            : Figures.ParseSats(arguments.GetValue(Amount)!));
        var now = CliSession.Clock.GetUtcNow();
        var month = MonthOf(arguments.GetValue(Until)!, now);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        if (chain == ChainKind.Sharechain && session.Sharechain.Profile.Window is not null)
        {
            throw new CliException(
                "shares-expire",
                $"Shares of {session.Sharechain.Profile.Design} expire, and would be gone before a bond's time is over: no market "
                + "counts them. Lock bitcoin: market standing bond create btc.");
        }

        var script = new WalletBonds(session.Wallet).ScriptOf(chain, month);
        var rate = await session.Wallet.On(chain).EstimateFeeAsync(FeeTarget, cancellation);
        var paid = await session.Wallet.BuildAsync(
            chain, [new TxOut(amount, script.ScriptPubKey)], rate, cancellation: cancellation);
        output.Progress(
            $"{Words(chain, amount)} will be locked until {WalletBonds.StartOf(month):yyyy-MM-dd} UTC: nobody, this wallet "
            + $"included, can spend them before. The fee is {Words(chain, paid.Fee)}. The wallet's words alone find the bond "
            + "again.");
        Confirmation.Ask(arguments.GetValue(Yes), "Lock them?", "Nothing was sent");
        await session.Wallet.On(chain).SendAsync(paid.Transaction, cancellation);
        var at = Array.FindIndex([.. paid.Transaction.Outputs], each => each.ScriptPubKey == script.ScriptPubKey);
        output.Result(
            new
            {
                coin = $"{paid.Transaction.Id}:{at}",
                address = session.AddressOf(chain, script.ScriptPubKey),
                until = WalletBonds.StartOf(month),
                amount = amount.Sats,
                fee = paid.Fee.Sats,
            },
            console => console.WriteLine(
                $"Locked by {paid.Transaction.Id}. Once it has confirmations: market standing bond prove"));
        return 0;
    }

    private static async Task<int> ProveAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        using var api = CliSession.ApiOf(arguments, session.Wallet.Keys);
        var bonds = new WalletBonds(session.Wallet);
        var told = new List<Bond>();
        foreach (var bond in await FindAsync(session, cancellation))
        {
            if (bond.Script.Locktime <= CliSession.Clock.GetUtcNow().ToUnixTimeSeconds())
            {
                continue;
            }

            told.Add(await api.ProveBondAsync(
                new ProveBond
                {
                    Chain = bond.Chain == ChainKind.Mainchain ? NodeHttpService.MainchainName : session.Sharechain.Name,
                    Coin = bond.Coin.OutPoint.ToString(),
                    Kind = BondKind.Locked,
                    Key = bond.Script.Key.ToString(),
                    Locktime = bond.Script.Locktime,
                    Signature = bonds.Prove(bond, api.Host, session.Wallet.Keys.Account),
                },
                cancellation));
        }

        if (told.Count == 0)
        {
            throw new CliException("no-bond", "The wallet has no bond whose time runs: market standing bond create.");
        }

        output.Result(told, console =>
        {
            foreach (var bond in told)
            {
                console.WriteLine($"{bond.Coin} counts until {bond.Until:yyyy-MM-dd}, its value is {bond.Value} now.");
            }
        });
        return 0;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var found = await FindAsync(session, cancellation);
        output.Result(
            found.Select(bond => new
            {
                chain = bond.Chain.ToString(),
                coin = bond.Coin.OutPoint.ToString(),
                amount = bond.Coin.Output.Value.Sats,
                until = WalletBonds.StartOf(bond.Month),
                confirmations = bond.Coin.Confirmations,
            }),
            console =>
            {
                var table = new Table().Border(TableBorder.None);
                table.AddColumns("coin", "amount", "free from", "confirmations");
                foreach (var bond in found)
                {
                    table.AddRow(
                        bond.Coin.OutPoint.ToString(), Markup.Escape(Words(bond.Chain, bond.Coin.Output.Value)),
                        $"{WalletBonds.StartOf(bond.Month):yyyy-MM-dd}", Figures.Sats(bond.Coin.Confirmations));
                }

                console.Write(table);
            });
        return 0;
    }

    private static async Task<int> WithdrawAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var named = arguments.GetValue(Coin);
        var bond = (await FindAsync(session, cancellation)).Find(each => each.Coin.OutPoint.ToString() == named)
            ?? throw new CliException("no-bond", $"{named} is no bond of this wallet: see market standing bond list.");
        var chain = session.Wallet.On(bond.Chain);
        if ((await chain.GetTipAsync(cancellation)).MedianTimePast <= bond.Script.Locktime)
        {
            throw new CliException(
                "bond-locked",
                $"The bond is locked until {WalletBonds.StartOf(bond.Month):yyyy-MM-dd} UTC by its chain's median time, which lies "
                + "about an hour behind the clock.");
        }

        var rate = await chain.EstimateFeeAsync(FeeTarget, cancellation);
        var spend = new WalletBonds(session.Wallet).Withdraw(bond, rate)
            ?? throw new CliException("dust", "What the fee leaves of the bond is too little for any node to relay.");
        var (value, left) = (bond.Coin.Output.Value, spend.Outputs[0].Value);
        output.Progress($"{Words(bond.Chain, left)} come back to the wallet; the fee is {Words(bond.Chain, value - left)}. At the "
            + "market the bond counts no more.");
        Confirmation.Ask(arguments.GetValue(Yes), "Take it back?", "Nothing was sent");
        await session.Wallet.On(bond.Chain).SendAsync(spend, cancellation);
        output.Result(
            new { transaction = spend.Id.ToString(), amount = left.Sats, fee = (value - left).Sats },
            console => console.WriteLine($"Sent: {spend.Id}"));
        return 0;
    }

    private static async Task<List<WalletBond>> FindAsync(CliSession session, CancellationToken cancellation)
    {
        var bonds = new WalletBonds(session.Wallet);
        var now = CliSession.Clock.GetUtcNow();
        return
        [
            .. await bonds.FindAsync(ChainKind.Mainchain, now, cancellation),
            .. await bonds.FindAsync(ChainKind.Sharechain, now, cancellation),
        ];
    }

    private static uint MonthOf(string text, DateTimeOffset now)
    {
        if (!DateTimeOffset.TryParseExact(
            text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var month)
            || WalletBonds.MonthOf(month) <= WalletBonds.MonthOf(now)
            || WalletBonds.MonthOf(month) > WalletBonds.MonthOf(now) + WalletBonds.MostMonths)
        {
            throw new CliException(
                "bad-month", $"\"{text}\" is no month to come: write 2028-01, at most {WalletBonds.MostMonths / 12} years ahead.");
        }

        return WalletBonds.MonthOf(month);
    }

    private static string Words(ChainKind chain, Amount amount) => chain == ChainKind.Sharechain
        ? InWords.Shares(new Quantity(amount.Sats))
        : InWords.Sats(amount.Sats);
}
