using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Cli.Common;
using Market.Client.Wallets;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market wallet`: create, restore, words, receive, balance, send.</summary>
public static class WalletCommand
{
    private static readonly Argument<string> Chain = new("chain")
    {
        Description = "share or btc",
        DefaultValueFactory = _ => "share",
    };

    private static readonly Argument<string> SendChain = new("chain") { Description = "share or btc" };
    private static readonly Argument<string> Address = new("address") { Description = "Whom to pay" };
    private static readonly Argument<string> Quantity = new("amount") { Description = "Shares (50, 0.5) or satoshis (98120)" };
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
            SendChain, Address, Quantity, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain, CommonOptions.Peers,
            CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
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
        output.Result(new { shares = Plain(shares), btc = Plain(coins) }, console =>
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

    private static void Row(Table table, string name, Amount shares, Amount coins) =>
        table.AddRow(name, Figures.Shares(shares.Sats), Figures.Sats(coins.Sats));

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
        var transaction = (await session.Wallet.BuildAsync(chain, [payment], rate, cancellation: cancellation)).Transaction;
        var result = await source.BroadcastAsync(transaction, cancellation);
        if (!result.IsSuccess)
        {
            throw new CliException("not-sent", $"The network did not take the transaction: {result.Code} {result.Detail}");
        }

        output.Result(
            new { transaction = transaction.Id.ToString() }, console => console.WriteLine($"Sent: {transaction.Id}"));
        return 0;
    }
}
