using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Chains.Rpc;
using Market.Sharechain;

namespace Market.Client;

/// <summary>Where a party sees both chains from, and which of that it believes.</summary>
public sealed record ChainSources
{
    /// <summary>Which chains (<see cref="NetworkProfile"/>): decided here, never by a server.</summary>
    public required string Network { get; init; }

    /// <summary>The design of the sharechain, such as "p2share"; null for the network's own. Decided here, never by a server.
    /// </summary>
    public string? Sharechain { get; init; }

    /// <summary>The sharechain's row on the network.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public SharechainProfile Profile => Sharechain is null
        ? SharechainProfile.Of(Network)
        : SharechainProfile.Of(Network, Sharechain) ?? throw new NotSupportedException(WhyNotThis(Network, Sharechain));

    /// <summary>The market; null follows nothing of it (rescue).</summary>
    public Uri? Server { get; init; }

    /// <summary>Nodes of the sharechain beside the market's.</summary>
    public ImmutableArray<Uri> Shares { get; init; } = [];

    /// <summary>The party's own Bitcoin node; null for none.</summary>
    public RpcOptions? Node { get; init; }

    /// <summary>
    /// Opens Bitcoin's peers as a source, given the folder for what is kept (null for memory); null for none. The command line
    /// gives Market.Client.NBitcoin's, which this library does not refer to.
    /// </summary>
    public Func<string?, IMainchain>? Peers { get; init; }

    /// <summary>Whether the market's node alone is source enough for either chain.</summary>
    public bool TrustServer { get; init; }

    /// <summary>Where blocks are kept; null keeps them in memory.</summary>
    public string? Folder { get; init; }

    /// <summary>What the market could take where its node is the only source, in words.</summary>
    public const string WhatTrustCosts =
        "The market's node alone shows you the chains: it can keep Bitcoin blocks and payments back, freeze the sharechain, and "
        + "answer that it sent your transaction and drop it. A market that lies so until a swap's deadline has passed can take "
        + "what you locked in it.";

    /// <summary>Sources of the sharechain, each once.</summary>
    public ImmutableArray<Uri> AllShares =>
        [.. Shares.Concat(Server is null ? [] : [Server]).DistinctBy(node => node.GetLeftPart(UriPartial.Authority))];

    /// <summary>True where both chains have a source that is not the market's.</summary>
    public bool AreOwn => (Node ?? (object?)Peers) is not null && AllShares.Any(node => !IsServer(node));

    /// <summary>Why these sources are not enough, in words; null where they are.</summary>
    public string? WhyNot()
    {
        var network = NetworkProfile.Find(Network);
        if (network is null)
        {
            return NetworkProfile.Unknown(Network);
        }

        if (network.Difficulty == DifficultyRule.RetargetWithEasyBlocks)
        {
            return $"The sharechain cannot be followed on {Network}: a Bitcoin block that comes late may have either of two "
                + "targets there.";
        }

        if (Sharechain is not null && WhyNotThis(Network, Sharechain) is { } unknown)
        {
            return unknown;
        }

        if (AllShares.IsEmpty)
        {
            return "No source of the sharechain is named: --shares URL,URL or --server URL.";
        }

        if (AllShares.Length > RemoteSharechain.MostSources)
        {
            return $"Name at most {RemoteSharechain.MostSources} nodes of the sharechain.";
        }

        if (Node is null && Peers is null && Server is null)
        {
            return "No source of Bitcoin is named: --mainchain URL (a node of yours), --peers, or --server URL.";
        }

        if (network.TrustsMarketNode || TrustServer)
        {
            return null;
        }

        return Node is null && Peers is null
            ? $"On {Network} the market's node is no source of Bitcoin by itself: name a node of yours (--mainchain), use "
                + $"Bitcoin's peers (--peers), or say --trust-server. {WhatTrustCosts}"
            : AllShares.All(IsServer)
            ? $"On {Network} the market's node is no source of the sharechain by itself: name others (--shares URL,URL), or say "
                + $"--trust-server. {WhatTrustCosts}"
            : null;
    }

    /// <summary>Why a sharechain is not traded on a network, in words; null where it is.</summary>
    /// <param name="network">A known network's name.</param>
    /// <param name="design">The sharechain's design.</param>
    public static string? WhyNotThis(string network, string design) => SharechainProfile.Of(network, design) switch
    {
        null => $"There is no sharechain \"{design}\": see market chain params.",
        { } row => row.WhyNotTraded is { } why ? $"{design} is not traded: {why}." : null,
    };

    /// <summary>The designs of sharechains that are traded on a network, of which the same words are as many wallets.</summary>
    /// <param name="network">A network's name.</param>
    /// <exception cref="NotSupportedException">There is no network of that name.</exception>
    public static ImmutableArray<string> TradedOn(string network) =>
        [.. SharechainProfile.All.Select(row => row.Design).Distinct().Where(design => WhyNotThis(network, design) is null)];

    private bool IsServer(Uri node) =>
        Server is not null && node.GetLeftPart(UriPartial.Authority) == Server.GetLeftPart(UriPartial.Authority);
}
