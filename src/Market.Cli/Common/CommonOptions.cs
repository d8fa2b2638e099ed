using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Market.Chains.Stratum;
using Market.Client;

namespace Market.Cli.Common;

/// <summary>Options that more than one verb takes.</summary>
public static class CommonOptions
{
    /// <summary>--json: results as JSON.</summary>
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print results as JSON, one value a line; progress goes to standard error",
        Recursive = true,
    };

    /// <summary>--server: the market to trade on.</summary>
    public static readonly Option<Uri> Server = new("--server")
    {
        Description = "The market's address (environment: MARKET_SERVER)",
        CustomParser = result => ParseAddress(result),
        DefaultValueFactory = result => Environment.GetEnvironmentVariable("MARKET_SERVER") is { Length: > 0 } named
            ? Parse(result, "MARKET_SERVER", named)!
            : new Uri("http://127.0.0.1:8080"),
    };

    /// <summary>--wallet: the folder of the wallet.</summary>
    public static readonly Option<string> Wallet = new("--wallet")
    {
        Description = "The wallet's folder (environment: MARKET_WALLET)",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("MARKET_WALLET") is { Length: > 0 } named
            ? named
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".market", "wallet"),
    };

    /// <summary>--instrument: which one, of a market that trades several.</summary>
    public static readonly Option<string?> Instrument = new("--instrument")
    {
        Description = "The instrument, such as P2SHARE-BTC; it may be left out where the market trades one, and with a wallet, "
            + "which is of one sharechain. Shares that expire are traded by series: name one, such as P2POOLV2-12-BTC",
    };

    /// <summary>--sharechain: what a new wallet is for.</summary>
    public static readonly Option<string?> Sharechain = new("--sharechain")
    {
        Description = "The sharechain that the wallet is for, such as p2share-k20; left out, the network's own",
    };

    /// <summary>--mainchain: an own Bitcoin node.</summary>
    public static readonly Option<Uri?> Mainchain = new("--mainchain")
    {
        Description = "JSON-RPC of a Bitcoin node of your own (http://user:password@host:port): Bitcoin is then seen through "
            + "it and not through the server (environment: MARKET_MAINCHAIN)",
        CustomParser = result => ParseAddress(result),
    };

    /// <summary>--peers: Bitcoin's own network.</summary>
    public static readonly Option<string?> Peers = new("--peers")
    {
        Description = "See Bitcoin through its peers, without a node of your own: HOST,HOST names them, nothing after it "
            + "finds them (environment: MARKET_PEERS, a list or \"dns\")",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>--filters: whether compact filters may save reading old blocks.</summary>
    public static readonly Option<string?> Filters = new Option<string?>("--filters")
    {
        Description = "off reads every block whole; on, as it is unless told otherwise, passes over old ones by the compact "
            + "filters that all peers which serve them agree on (environment: MARKET_FILTERS)",
    }.AcceptOnlyFromAmong("on", "off");

    /// <summary>--shares: nodes of the sharechain.</summary>
    public static readonly Option<Uri[]?> Shares = new("--shares")
    {
        Arity = ArgumentArity.ExactlyOne,
        Description = "Nodes of the sharechain beside the market's: URL,URL (environment: MARKET_SHARES)",
        CustomParser = result =>
        [
            .. result.Tokens.SelectMany(token => Split(token.Value)).Select(each => Parse(result, "--shares", each))
                .OfType<Uri>(),
        ],
    };

    /// <summary>--trust-server: the market's node alone is enough.</summary>
    public static readonly Option<bool> TrustServer = new("--trust-server")
    {
        Description = "Take the market's node alone as source of both chains where coins are worth something; says what "
            + "that can cost",
    };

    /// <summary>--stratum: where miners connect.</summary>
    /// <param name="description">What the verb does there.</param>
    public static Option<IPEndPoint?> Stratum(string description) => new("--stratum")
    {
        Description = description,
        CustomParser = result =>
        {
            var point = StratumOptions.ReadEndPoint(result.Tokens[0].Value);
            if (point is null)
            {
                result.AddError(
                    "--stratum is ADDRESS:PORT, an IP address or localhost, such as 0.0.0.0:3333, not "
                    + $"\"{result.Tokens[0].Value}\".");
            }

            return point;
        },
    };

    /// <summary>The peers that the command line or the environment names; empty finds them by DNS, null uses none.</summary>
    public static string[]? PeersOf(ParseResult arguments)
    {
        if (arguments.GetResult(Peers) is { Implicit: false })
        {
            return Split(arguments.GetValue(Peers) ?? "");
        }

        return Environment.GetEnvironmentVariable("MARKET_PEERS") switch
        {
            null or "" => null,
            "dns" => [],
            var text => Split(text),
        };
    }

    /// <summary>True where compact filters may save reading old blocks.</summary>
    /// <exception cref="CliException">The environment says neither on nor off.</exception>
    public static bool FiltersOf(ParseResult arguments) =>
        (arguments.GetValue(Filters) ?? Environment.GetEnvironmentVariable("MARKET_FILTERS")) switch
        {
            null or "" or "on" => true,
            "off" => false,
            _ => throw new CliException("bad-filters", "MARKET_FILTERS is on or off."),
        };

    /// <summary>The nodes of the sharechain that the command line or the environment names.</summary>
    /// <exception cref="CliException">The environment names something else.</exception>
    public static Uri[] SharesOf(ParseResult arguments)
    {
        if (arguments.GetResult(Shares) is { Implicit: false })
        {
            return arguments.GetValue(Shares) ?? [];
        }

        return
        [
            .. Split(Environment.GetEnvironmentVariable("MARKET_SHARES") ?? "").Select(text => AddressOf(text)
                ?? throw new CliException("bad-address", $"MARKET_SHARES: {text} is no address such as http://127.0.0.1:8080")),
        ];
    }

    /// <summary>The sharechain that a new wallet is for; null for the network's own.</summary>
    /// <exception cref="CliException">There is no such sharechain, or it is not traded.</exception>
    public static string? SharechainOf(ParseResult arguments, string network)
    {
        if (arguments.GetValue(Sharechain) is not { } named)
        {
            return null;
        }

        return ChainSources.WhyNotThis(network, named) is { } refusal
            ? throw new CliException("bad-sharechain", $"--sharechain: {refusal}")
            : TradedInstrument.IdOf(network, named) == TradedInstrument.IdOf(network, null) ? null : named;
    }

    private static string[] Split(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The own Bitcoin node that the command line or the environment names; null for none.</summary>
    /// <exception cref="CliException">The environment names something else.</exception>
    public static Uri? MainchainOf(ParseResult arguments)
    {
        // No default value of the option: help would print it, password and all.
        if (arguments.GetValue(Mainchain) is { } named)
        {
            return named;
        }

        return Environment.GetEnvironmentVariable("MARKET_MAINCHAIN") is not { Length: > 0 } text ? null
            : AddressOf(text) ?? throw new CliException(
                "bad-address", "MARKET_MAINCHAIN is no address such as http://user:password@127.0.0.1:18443");
    }

    /// <summary>Reads an http or https address; what is none is an error of the command line.</summary>
    public static Uri? ParseAddress(ArgumentResult result) => Parse(result, result.Argument.Name, result.Tokens[0].Value);

    private static Uri? Parse(ArgumentResult result, string name, string text)
    {
        if (AddressOf(text) is { } address)
        {
            return address;
        }

        result.AddError($"{name} {text}: give an address such as http://127.0.0.1:8080");
        return null;
    }

    private static Uri? AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Port != 0 ? uri : null;
}
