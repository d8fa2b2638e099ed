using System.CommandLine;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Chains.Http;
using Market.Cli.Common;
using Market.Contracts;
using Market.Sharechain;
using Spectre.Console;

namespace Market.Cli.Verbs;

/// <summary>`market markets`: the directory of markets that authorities announced on the sharechain; `announce` adds one.</summary>
internal static class MarketsCommand
{
    private const int FeeTarget = 2;

    private static readonly Option<string> Address = new("--address")
    {
        Description = "Where the market is, such as https://market.example; nothing follows host and port",
        Required = true,
    };

    private static readonly Option<string> Key = new("--key")
    {
        Description = "The x-only public key that the market answers with, 64 hexadecimal digits",
        Required = true,
    };

    private static readonly Option<string> Terms = new("--terms")
    {
        Description = $"What it asks and promises, up to {MarketAnnouncement.MostTerms} characters of ASCII in one line",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<int?> Until = new("--until")
    {
        Description = "The Bitcoin height up to which it stands; left out, the end of the authority's term",
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Send without asking" };

    /// <summary>The verb.</summary>
    public static Command Build()
    {
        var command = new Command(
            "markets", "List the markets that authorities announced on the sharechain: more work first, then who stands longer")
        {
            CommonOptions.Server, ChainLook.Sharechain,
        };
        command.SetAction(ListAsync);
        var announce = new Command(
            "announce", "Announce a market with this wallet's account key, which late work has to have made an authority")
        {
            Address, Key, Terms, Until, Yes, CommonOptions.Server, CommonOptions.Wallet, CommonOptions.Mainchain,
            CommonOptions.Peers, CommonOptions.Shares, CommonOptions.TrustServer, CommonOptions.Filters,
        };
        announce.SetAction(AnnounceAsync);
        command.Subcommands.Add(announce);
        return command;
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var look = await ChainLook.OpenAsync(arguments, cancellation);
        var directory = await look.Node.GetDirectoryAsync(cancellation);
        foreach (var market in directory.Markets)
        {
            Check(market, look.Profile);
        }

        Output.Of(arguments).Result(directory, console => Draw(console, directory));
        return 0;
    }

    private static void Draw(IAnsiConsole console, DirectoryPayload directory)
    {
        if (directory.Markets.Length == 0)
        {
            console.WriteLine("No market is announced: an authority does it with market markets announce.");
            return;
        }

        var table = new Table().Border(TableBorder.None);
        table.AddColumns("address", "key", "terms");
        table.AddColumn(new TableColumn("late blocks").RightAligned());
        table.AddColumn(new TableColumn("until Bitcoin block").RightAligned());
        foreach (var market in directory.Markets)
        {
            table.AddRow(
                Markup.Escape(market.Address), Markup.Escape(market.Key[..16]) + "...", Markup.Escape(market.Terms),
                Figures.Sats(market.Works.Length), $"#{Figures.Sats(market.Until)}");
        }

        console.Write(table);
        console.WriteLine(
            $"At share block #{Figures.Sats(directory.Height)}, on Bitcoin block #{Figures.Sats(directory.MainHeight)}. "
            + "Signatures were checked here; that the authorities did the work is the node's word.");
    }

    // The signature is the authority's whatever the node says; what is shown is what was signed.
    private static void Check(MarketPayload market, SharechainProfile profile)
    {
        var said = Hex.TryDecode(market.Announcement, out var script)
            ? MarketAnnouncement.Read(new TxOut(Amount.Zero, new Script(script)))
            : null;
        if (said is null || !said.IsSigned(profile.GenesisId) || said.Address != market.Address || said.Terms != market.Terms
            || Hex.Encode(said.Market.ToArray()) != market.Key || Hex.Encode(said.Authority.ToArray()) != market.Authority
            || said.Number != market.Number || said.Until < market.Until)
        {
            throw ChainLook.Contradicts($"the authority of {market.Address} did not sign what is said of it");
        }
    }

    private static async Task<int> AnnounceAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var output = Output.Of(arguments);
        var (address, terms) = (arguments.GetValue(Address)!, arguments.GetValue(Terms)!);
        if ((MarketAnnouncement.WrongWithAddress(address) ?? MarketAnnouncement.WrongWithTerms(terms)) is { } wrong)
        {
            throw new CliException("bad-announcement", wrong);
        }

        if (!XOnlyPublicKey.TryParse(arguments.GetValue(Key), out var market))
        {
            throw new CliException("bad-announcement", "--key is no x-only public key of 64 hexadecimal digits.");
        }

        await using var session = await CliSession.OpenAsync(arguments, output, cancellation);
        var directory = await session.Sharechain.GetDirectoryAsync(cancellation);
        var said = Compose(session, directory, new Hash256(market.Span), arguments.GetValue(Until), (address, terms));
        var rate = await session.Sharechain.EstimateFeeAsync(FeeTarget, cancellation);
        var paid = await session.Wallet.BuildAsync(
            ChainKind.Sharechain, [said.ToOutput()], rate, cancellation: cancellation);
        output.Progress(
            $"Announcement {said.Number} of authority {session.Wallet.Keys.Account}: {said.Address}, until Bitcoin block "
            + $"#{Figures.Sats(said.Until)}. It takes the place of any before it. The transaction of "
            + $"{Figures.Sats(paid.Transaction.VirtualSize)} vB costs {InWords.Shares(new Quantity(paid.Fee.Sats))}.");
        Confirmation.Ask(arguments.GetValue(Yes), "Send it?", "Nothing was sent");
        await session.Sharechain.SendAsync(paid.Transaction, cancellation);

        output.Result(
            new
            {
                transaction = paid.Transaction.Id.ToString(),
                address = said.Address,
                number = said.Number,
                until = said.Until,
                fee = paid.Fee.Sats,
            },
            console => console.WriteLine($"Sent: {paid.Transaction.Id}. The share block that takes it in announces the market."));
        return 0;
    }

    private static MarketAnnouncement Compose(
        CliSession session, ShareDirectory directory, Hash256 market, int? until, (string Address, string Terms) said)
    {
        var rule = session.Sharechain.Profile.Late
            ?? throw new CliException("no-late-work", $"Late work is not registered on {session.Sharechain.Name}.");
        var keys = session.Wallet.Keys;
        var authority = new Hash256(XOnlyPublicKey.Parse(keys.Account).Span);
        var end = directory.Authorities.Where(work => work.Key == authority)
            .Select(work => (int?)work.MainHeight + rule.Term).Max()
            ?? throw new CliException(
                "no-authority",
                $"The account {keys.Account} of this wallet is no authority: register a late block that names it "
                + "(market chain late-work register).");
        if (until is { } named && (named < directory.MainHeight || named > end))
        {
            throw new CliException(
                "bad-announcement",
                $"--until takes a Bitcoin height from #{Figures.Sats(directory.MainHeight)} to #{Figures.Sats(end)}, where the "
                + "authority's term ends.");
        }

        var last = directory.Entries.FirstOrDefault(entry => entry.Market.Announcement.Authority == authority);
        // Nodes remember the number of one that stands no more: the clock is above it, whatever it was.
        var number = Math.Max(
            checked((last?.Market.Announcement.Number ?? 0) + 1), (uint)CliSession.Clock.GetUtcNow().ToUnixTimeSeconds());
        var unsigned = new MarketAnnouncement(
            authority, market, number, until ?? end, said.Address, said.Terms, default);
        return unsigned with { Signature = keys.Sign(unsigned.Digest(session.Sharechain.Profile.GenesisId)) };
    }
}
