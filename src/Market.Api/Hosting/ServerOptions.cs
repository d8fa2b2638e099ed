using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Market.Bitcoin;
using Market.Chains.Http;
using Market.Chains.Mainchain;
using Market.Chains.Stratum;
using Market.Sharechain;

namespace Market.Api.Hosting;

/// <summary>What the server was started with.</summary>
public sealed record ServerOptions
{
    private const int MostHosts = 16;

    /// <summary>Where the server listens: an http URL; port 0 takes a free one.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:5080";

    /// <summary>The connection string of a PostgreSQL database; null starts a private cluster under the data folder.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>Folder for everything the server keeps outside of the database.</summary>
    public string Data { get; init; } = "market-data";

    /// <summary>The sharechains whose shares are traded, each by the name of its design; empty for the network's own.</summary>
    public ImmutableArray<string> Sharechains { get; init; } = [];

    /// <summary>The rows of these sharechains on the network, the first the one that pages begin with.</summary>
    public ImmutableArray<SharechainProfile> Profiles => Sharechains.IsEmpty
        ? [SharechainProfile.Of(Network)]
        : [.. Sharechains.Select(name => SharechainProfile.Of(Network, name)!)];

    /// <summary>The network of both chains.</summary>
    public string Network { get; init; } = "devnet";

    /// <summary>"embedded", or the http URL of a node's JSON-RPC with user and password in it.</summary>
    public string Mainchain { get; init; } = "embedded";

    /// <summary>The JSON-RPC of another node of the same chain, to compare the first with; null for none.</summary>
    public string? SecondMainchain { get; init; }

    /// <summary>Other nodes of the sharechain: followed, and offered what is handed in here.</summary>
    public ImmutableArray<Uri> Shares { get; init; } = [];

    /// <summary>The HTTP interface of a p2poolv2 node that is read and shown beside the own sharechains; null for none.</summary>
    public Uri? P2PoolV2 { get; init; }

    /// <summary>Where Prometheus asks for the figures of chains, miners and market; null for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Where miners connect by Stratum; null for nowhere.</summary>
    public IPEndPoint? Stratum { get; init; }

    /// <summary>The challenge of a signet of one's own; null for the public signet, and on other networks.</summary>
    public SignetChallenge? SignetChallenge { get; init; }

    /// <summary>Whether pages are served besides the interface.</summary>
    public bool Pages { get; init; } = true;

    /// <summary>Hex of the script that the embedded chain's first blocks pay; null for nobody's.</summary>
    public string? Treasury { get; init; }

    /// <summary>Whether the simulated rest of the embedded chain's network finds blocks.</summary>
    public bool Mine { get; init; } = true;

    /// <summary>Whether tests may mine and reorganise through the server; devnet only.</summary>
    public bool Dev { get; init; }

    /// <summary>Hex of the x-only key that may read everybody's refusals; null for nobody's.</summary>
    public string? Operator { get; init; }

    /// <summary>The address of the proxy in front of this server: from it alone X-Forwarded-For is believed. Null for none.
    /// </summary>
    public IPAddress? Proxy { get; init; }

    /// <summary>Names that the market answers to, besides this machine's own and that of <see cref="Urls"/>.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Whether this machine's own address is bounded like any other; null where that follows from the proxy.</summary>
    public bool? LimitLoopback { get; init; }

    /// <summary>Whether this machine's own address is bounded like any other: behind a proxy it is, unless told otherwise, since a
    /// proxy that forwards no address would make everybody this machine.</summary>
    public bool LimitsLoopback => LimitLoopback ?? Proxy is not null;

    /// <summary>Whether to delete the kept blocks of the sharechain and end, in place of serving.</summary>
    public bool Reset { get; init; }

    /// <summary>What --help prints.</summary>
    public static string Usage { get; } = $"""
        market-api: serves the market.

          --urls URL        where to listen (http://127.0.0.1:5080; port 0 takes a free one)
          --data FOLDER     folder for everything outside of the database (market-data)
          --database TEXT   PostgreSQL connection string; without it a private cluster runs under the data folder
          --network NAME    {NetworkProfile.Names} (devnet)
          --sharechain NAME the sharechain whose shares are traded; again for each further one ({OwnDesigns})
          --mainchain WHAT  embedded (devnet and regtest), or a node's JSON-RPC: http://user:password@127.0.0.1:18443 (embedded)
          --mainchain-second URL  another node of that chain: where the two disagree, trading stops (none)
          --signet-challenge HEX  of a signet of one's own, as -signetchallenge of its nodes has it: 51 (the public signet's)
          --shares URL,URL  other nodes of the sharechains, 16 at most: followed, and offered what is handed in here (none)
          --p2poolv2 URL    a p2poolv2 node's interface, shown beside the own chains: http://user:password@127.0.0.1:46884 (none)
          --metrics ADDRESS:PORT  where Prometheus asks for /metrics, without a key: 127.0.0.1:9464 (nowhere)
          --stratum HOST:PORT  where miners of every sharechain connect: 127.0.0.1:3333, or 0.0.0.0:3333 for all (nowhere)
          --pages YES|NO    serve the pages too (yes)
          --operator KEY    account that may read the audit log of refusals (nobody's; see market wallet)
          --proxy ADDRESS   the proxy in front of this server: from it alone X-Forwarded-For is believed (none)
          --host NAME,NAME  names that the market answers to; what traders sign names one (those of --urls and this machine)
          --limit-loopback YES|NO  bound this machine's own address like any other (yes with --proxy, else no)
          --treasury HEX    script that the embedded mainchain's first blocks pay (nobody's)
          --mine YES|NO     the simulated rest of the embedded mainchain's network finds blocks (yes)
          --reset sharechain  delete the kept blocks of the sharechains and end; orders and swaps stay
          --dev YES|NO      routes with which tests mine and reorganise; devnet only (no)

        market-api journal --database TEXT --instrument ID: writes the journal of an instrument to standard output, lines of
        JSON for market replay. It may run beside the server; nothing is changed.
        """;

    /// <summary>Reads command line arguments. Returns the options, or what is wrong in words.</summary>
    public static (ServerOptions? Options, string? Error) Parse(IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var options = new ServerOptions();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = Split(args[i]);
            if (!name.StartsWith("--", StringComparison.Ordinal))
                return (null, $"'{args[i]}' is not an option. Options begin with --; see --help.");
            if (value is null && ++i < args.Count) value = args[i];
            if (string.IsNullOrWhiteSpace(value)) return (null, $"{name} needs a value; see --help.");
            var (next, error) = options.With(name, value);
            if (error is not null) return (null, error);
            options = next;
        }
        if (options.SecondMainchain is not null && options.Mainchain == "embedded")
            return (null, "--mainchain-second compares with a node named by --mainchain; the embedded chain has none beside it.");
        return options.WhyNot is { } refusal ? (null, refusal) : (options, null);
    }

    /// <summary>What whoever runs this market should know beforehand, in words; empty on networks where nothing can be lost.
    /// </summary>
    public IReadOnlyList<string> Warnings => [.. HostWarnings, .. NetworkWarnings];

    private IReadOnlyList<string> HostWarnings => !HostNames.TakesAny(this) ? [] :
    [
        "Requests are answered under any host name. Name the market's own with --host: what traders sign is then worth "
        + "nothing at another market, nor theirs here.",
    ];

    private IReadOnlyList<string> NetworkWarnings => NetworkProfile.Find(Network) is not { IsReal: true } ? [] :
    [
        $"{Network}: what is traded here is worth money. This software has had no outside audit.",
        .. SecondMainchain is null
            ? (string[])["One Bitcoin node only: nothing notices where it is behind or lied to. Name another: --mainchain-second."]
            : [],
        "Traders need sources of their own for both chains: with this market's node alone they see what it shows them.",
    ];

    // What does not go together, in words; null where all does.
    private string? WhyNot
    {
        get
        {
            if (Dev && Network != "devnet") return "--dev yes is for --network devnet only.";
            if (NetworkProfile.Find(Network) is { Difficulty: DifficultyRule.RetargetWithEasyBlocks })
                return $"--network {Network}: the sharechain cannot be followed there, since a block that comes late may have "
                    + "either of two targets (BIP94) and a share names its own before it is known which. Use signet.";
            if (WhyNotThese() is { } refusal) return refusal;
            if (SignetChallenge is not null && Network != Bitcoin.SignetChallenge.NetworkName)
                return $"--signet-challenge is for --network {Bitcoin.SignetChallenge.NetworkName} only.";
            if (Mainchain == "embedded" && !Shares.IsEmpty)
                return "--shares needs a Bitcoin node that others have too, by --mainchain: an embedded mainchain is this "
                    + "server's own.";
            return Mainchain == "embedded" && MainParameters.Find(Network) is null
                ? $"--network {Network} needs a real node: name its JSON-RPC with --mainchain http://user:password@127.0.0.1:"
                    + $"{NetworkProfile.Find(Network)?.Peers?.Port - 1 ?? 0}. Only devnet and regtest have an embedded mainchain."
                : null;
        }
    }

    private string? WhyNotThese()
    {
        foreach (var name in Sharechains)
        {
            if (SharechainProfile.Of(Network, name) is not { } profile)
                return $"--sharechain {name}: there is no such sharechain; {Tradable}.";
            if (profile.WhyNotTraded is { } why)
                return $"--sharechain {name} is not traded: {why}; {Tradable}.";
        }
        return Sharechains.Distinct(StringComparer.Ordinal).Count() < Sharechains.Length
            ? "--sharechain names the same sharechain twice."
            : null;
    }

    private string Tradable => "traded are " + string.Join(", ", SharechainProfile.All
        .Where(row => SharechainProfile.Of(Network, row.Design) == row && row.WhyNotTraded is null)
        .Select(row => row.Design));

    // What a network's own sharechain is called, whichever network it is.
    private static string OwnDesigns => string.Join(", ", NetworkProfile.All
        .Select(network => SharechainProfile.Of(network.Name).Design).Distinct(StringComparer.Ordinal));

    private static (string Name, string? Value) Split(string arg)
    {
        var equals = arg.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (arg, null) : (arg[..equals], arg[(equals + 1)..]);
    }

    private (ServerOptions Options, string? Error) With(string name, string value) => name switch
    {
        "--urls" => IsHttpUrl(value)
            ? (this with { Urls = value.TrimEnd('/') }, null)
            : (this, $"--urls '{value}' is not an http URL like http://127.0.0.1:5080."),
        "--data" => (this with { Data = Path.GetFullPath(value) }, null),
        "--database" => value.Contains('=', StringComparison.Ordinal)
            ? (this with { Database = value }, null)
            : (this, "--database is a connection string like Host=127.0.0.1;Username=market;Database=market."),
        "--network" => NetworkProfile.Find(value) is not null
            ? (this with { Network = value }, null)
            : (this, $"--network: {NetworkProfile.Unknown(value)}"),
        "--sharechain" => (this with { Sharechains = Sharechains.Add(value) }, null),
        "--mainchain" => value == "embedded" || IsHttpUrl(value)
            ? (this with { Mainchain = value }, null)
            : (this, "--mainchain is 'embedded' or a node's URL like http://user:password@127.0.0.1:18443."),
        "--signet-challenge" => Bitcoin.SignetChallenge.Read(value) is { } challenge
            ? (this with { SignetChallenge = challenge }, null)
            : (this, "--signet-challenge is a script in hexadecimal digits, like 51."),
        "--mainchain-second" => IsHttpUrl(value)
            ? (this with { SecondMainchain = value }, null)
            : (this, "--mainchain-second is a node's URL like http://user:password@127.0.0.1:18443."),
        "--shares" => SharesOf(value) is { } nodes
            ? (this with { Shares = nodes }, null)
            : (this, $"--shares takes 1 to {RemoteSharechain.MostSources} nodes' URLs: https://a.example,https://b.example."),
        "--p2poolv2" => IsHttpUrl(value) && new Uri(value) is { Query.Length: 0, Fragment.Length: 0 } pool
            ? (this with { P2PoolV2 = pool }, null)
            : (this, "--p2poolv2 is a node's URL like http://user:password@127.0.0.1:46884."),
        "--metrics" => IPEndPoint.TryParse(value, out var figures) && figures.Port > 0
            ? (this with { Metrics = figures }, null)
            : (this, "--metrics is an address and a port like 127.0.0.1:9464."),
        "--stratum" => StratumOptions.ReadEndPoint(value) is { } miners
            ? (this with { Stratum = miners }, null)
            : (this, "--stratum is an address and a port like 127.0.0.1:3333."),
        "--reset" => value == "sharechain"
            ? (this with { Reset = true }, null)
            : (this, "--reset takes 'sharechain': nothing else can be begun anew."),
        "--pages" => YesNo(name, value, yes => this with { Pages = yes }),
        "--mine" => YesNo(name, value, yes => this with { Mine = yes }),
        "--proxy" => IPAddress.TryParse(value, out var proxy)
            ? (this with { Proxy = proxy }, null)
            : (this, "--proxy is the address of the proxy in front of this server, like 127.0.0.1."),
        "--host" => HostsOf(value) is { } hosts
            ? (this with { Hosts = hosts }, null)
            : (this, $"--host takes 1 to {MostHosts} names without ports, like market.example."),
        "--limit-loopback" => YesNo(name, value, yes => this with { LimitLoopback = yes }),
        "--dev" => YesNo(name, value, yes => this with { Dev = yes }),
        "--operator" => value.Length == 64 && value.All(char.IsAsciiHexDigitLower)
            ? (this with { Operator = value }, null)
            : (this, "--operator is an account's key: 64 lower case hex digits."),
        "--treasury" => value.Length is > 0 and <= 200 && value.Length % 2 == 0 && value.All(char.IsAsciiHexDigit)
            ? (this with { Treasury = value }, null)
            : (this, "--treasury is a script in hex, like 0014 and 40 digits."),
        _ => (this, $"{name} is not an option; see --help."),
    };

    private (ServerOptions Options, string? Error) YesNo(string name, string value, Func<bool, ServerOptions> set) =>
        value.ToLower(CultureInfo.InvariantCulture) switch
        {
            "yes" or "true" => (set(true), null),
            "no" or "false" => (set(false), null),
            _ => (this, $"{name} is yes or no."),
        };

    private static ImmutableArray<string>? HostsOf(string value)
    {
        var names = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Length is > 0 and <= MostHosts && names.All(name => Uri.CheckHostName(name) != UriHostNameType.Unknown)
            ? [.. names.Select(name => name.ToLowerInvariant())]
            : null;
    }

    private static ImmutableArray<Uri>? SharesOf(string value)
    {
        var urls = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return urls.Length is > 0 and <= RemoteSharechain.MostSources && urls.All(IsHttpUrl)
            ? [.. urls.Select(url => new Uri(url.TrimEnd('/') + "/"))]
            : null;
    }

    private static bool IsHttpUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
}
