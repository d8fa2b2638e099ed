using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Cli.Common;
using Market.Client.Wallets;
using Market.Contracts;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market wallet`: create, restore, words, receive, balance, send.</summary>
public static class WalletCommand
{
    private const long UnaskedSats = 1_000_000;
    private const int UnaskedPart = 10;

    private static readonly Argument<string> Chain = new("chain")
    {
        Description = "share or btc",
        DefaultValueFactory = _ => "share",
    };

    private static readonly Argument<string> SendChain = new("chain") { Description = "share or btc" };
    private static readonly Argument<string> Address = new("address") { Description = "Whom to pay" };
    private static readonly Argument<string> Quantity = new("amount")
    {
        Description = "Shares (50, 0.5), satoshis (98120) or bitcoin (0.001 BTC)",
        // The unit may stand by itself.
        Arity = new ArgumentArity(1, 2),
        CustomParser = result => string.Join(' ', result.Tokens.Select(token => token.Value)),
    };

    private static readonly Option<bool> Yes = new("--yes")
    {
        Description = $"Send without asking; it asks above {Figures.Sats(UnaskedSats)} sat, and above a tenth of what may be spent",
    };

    private static readonly Option<string> Network = new("--network")
    {
        Description = "The network that the wallet is for",
        DefaultValueFactory = _ => "devnet",
    };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        // A wallet of a name that no market has would be told so only when it is used.
        Network.AcceptOnlyFromAmong([.. NetworkProfile.All.Select(profile => profile.Name)]);
        var receive = new Command("receive", "Show a new address")
        {
            Chain, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers,
            CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        receive.SetAction(ReceiveAsync);
        var balance = new Command("balance", "Show what is there on both chains")
        {
            CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers,
            CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        balance.SetAction(BalanceAsync);
        var send = new Command("send", "Send shares or bitcoin")
        {
            SendChain, Address, Quantity, Yes, CommonOptions.Instrument, CommonOptions.Server, CommonOptions.Wallet,
            CommonOptions.Mainchain, CommonOptions.Peers, CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        send.SetAction(SendAsync);
        var wallet = new Command("wallet", "Create or restore a wallet, receive, send, see balances");
        foreach (var verb in (Command[])[.. WalletSeedCommands.Build(Network), receive, balance, send])
        {
            wallet.Subcommands.Add(verb);
        }

        return wallet;
    }

    /// <summary>Reads "share" or "btc".</summary>
    /// <exception cref="CliException">It is neither.</exception>
    internal static ChainKind ParseChain(string text) => text switch
    {
        "share" or "shares" => ChainKind.Sharechain,
        "btc" or "bitcoin" => ChainKind.Mainchain,
        _ => throw new CliException("bad-chain", $"\"{text}\" is no chain. Say share or btc."),
    };

    private static async Task<int> ReceiveAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var chain = ParseChain(arguments.GetValue(Chain)!);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var address = session.AddressOf(chain, session.Wallet.NewScript(chain));
        output.Result(new { chain = chain.ToString(), address }, console => console.WriteLine(address));
        return 0;
    }

    private static async Task<int> BalanceAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var shares = await session.Wallet.GetBalanceAsync(ChainKind.Sharechain, cancellation);
        var coins = await session.Wallet.GetBalanceAsync(ChainKind.Mainchain, cancellation);
        var series = await session.Wallet.GetSeriesAsync(cancellation);
        output.Result(new { shares = Plain(shares), btc = Plain(coins), series = series.Select(Plain).ToArray() }, console =>
        {
            var table = new Table().Border(TableBorder.None);
            table.AddColumn("");
            table.AddColumn(new TableColumn("shares").RightAligned());
            table.AddColumn(new TableColumn("BTC (sat)").RightAligned());
            Row(table, "free to spend", shares.Spendable, coins.Spendable);
            Row(table, "promised to orders and swaps", shares.Reserved, coins.Reserved);
            Row(table, "mined, not mature yet", shares.Immature, coins.Immature);
            Row(table, "on its way, unconfirmed", shares.Incoming, coins.Incoming);
            Row(table, "total", shares.Total, coins.Total);
            console.Write(table);
            foreach (var each in series)
            {
                console.WriteLine(Words(each));
            }
        });
        return 0;
    }

    private static object Plain(WalletBalance balance) => new
    {
        spendable = balance.Spendable.Sats,
        reserved = balance.Reserved.Sats,
        immature = balance.Immature.Sats,
        incoming = balance.Incoming.Sats,
        total = balance.Total.Sats,
    };

    private static object Plain(WalletSeries series) => new
    {
        instrument = series.Instrument,
        number = series.Series.Number,
        balance = Plain(series.Balance),
        oldestRoot = series.Oldest.Root,
        blocksLeft = series.Oldest.BlocksLeft,
        expiresWithinSeconds = series.ExpiresWithin,
    };

    /// <summary>A series in a line.</summary>
    internal static string Words(WalletSeries series) =>
        $"{series.Instrument}: {Figures.Shares(series.Balance.Total.Sats)} shares, the oldest of which expire in about "
        + $"{series.Oldest.BlocksLeft} blocks ({TimeSpan.FromSeconds(series.ExpiresWithin):d\\.hh\\:mm\\:ss}), sooner if the "
        + "hashrate grows or Bitcoin's difficulty falls";

    private static void Row(Table table, string name, Amount shares, Amount coins) =>
        table.AddRow(name, Figures.Shares(shares.Sats), Figures.Sats(coins.Sats));

    /// <summary>True for a payment that is asked for before it is sent.</summary>
    /// <param name="chain">Of which chain.</param>
    /// <param name="amount">Base units paid.</param>
    /// <param name="spendable">Base units that the wallet may spend, these among them.</param>
    internal static bool IsAsked(ChainKind chain, long amount, long spendable) =>
        amount > spendable / UnaskedPart || (chain == ChainKind.Mainchain && amount > UnaskedSats);

    private static string Question(ChainKind chain, long amount, long fee, string address)
    {
        string Words(long units) =>
            chain == ChainKind.Sharechain ? InWords.Shares(new Contracts.Quantity(units)) : InWords.Sats(units);
        return $"Send {Words(amount)} to {address}, for a fee of {Words(fee)}?";
    }

    private static async Task<int> SendAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var chain = ParseChain(arguments.GetValue(SendChain)!);
        var text = arguments.GetValue(Quantity)!;
        var amount = chain == ChainKind.Sharechain ? Figures.ParseShares(text).Units : Figures.ParseSats(text);
        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var script = session.ScriptOf(chain, arguments.GetValue(Address)!);
        var source = session.Wallet.On(chain);
        var rate = await source.EstimateFeeAsync(2, cancellation);
        var payment = new TxOut(new Amount(amount), script);
        var series = chain == ChainKind.Sharechain ? session.Series : null;
        var paid = await session.Wallet.BuildAsync(chain, [payment], rate, cancellation: cancellation, series: series);
        var transaction = paid.Transaction;
        var balance = await session.Wallet.GetBalanceAsync(chain, cancellation);
        Confirmation.Ask(
            arguments.GetValue(Yes) || !IsAsked(chain, amount, balance.Spendable.Sats),
            Question(chain, amount, paid.Fee.Sats, arguments.GetValue(Address)!), "Nothing was sent");
        await source.SendAsync(transaction, cancellation);

        output.Result(
            new { transaction = transaction.Id.ToString() }, console => console.WriteLine($"Sent: {transaction.Id}"));
        return 0;
    }
}
