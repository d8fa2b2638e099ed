using System.CommandLine;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Http;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Cli.Common;

/// <summary>
/// Both chains as one node shows them, for verbs that only look: no wallet, nothing followed. What has an id is checked against it
/// here, and so are the units that are drawn; whose they are, and the rest, is the node's word.
/// </summary>
internal sealed class ChainLook : IDisposable
{
    /// <summary>--sharechain: which one where the node has several.</summary>
    public static readonly Option<string?> Sharechain = new("--sharechain")
    {
        Description = "The sharechain, such as p2share-k20; left out, the only one that the node has",
    };

    private readonly NodeReader _node;

    private ChainLook(NodeReader node, TipPayload shares, TipPayload main, SharechainProfile profile, NetworkProfile network)
    {
        (_node, SharesTip, MainTip, Profile, Network) = (node, shares, main, profile, network);
    }

    /// <summary>The node.</summary>
    public NodeReader Node => _node;

    /// <summary>The newest share block, when it was opened.</summary>
    public TipPayload SharesTip { get; }

    /// <summary>The newest Bitcoin block, when it was opened.</summary>
    public TipPayload MainTip { get; }

    /// <summary>The design of the sharechain.</summary>
    public SharechainProfile Profile { get; }

    /// <summary>The network of the mainchain.</summary>
    public NetworkProfile Network { get; }

    /// <summary>Asks the node that the command line names what it is.</summary>
    /// <exception cref="CliException">It runs chains that this program does not know.</exception>
    public static async Task<ChainLook> OpenAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var server = arguments.GetValue(CommonOptions.Server)!;
        using var first = new NodeReader(server, CliSession.Clock);
        var main = await first.GetTipAsync(ChainKind.Mainchain, cancellation);
        var network = NetworkProfile.Find(main.Chain) ?? throw Unknown("mainchain", main.Chain);
        var node = new NodeReader(server, CliSession.Clock, RowOf(arguments, network)?.Name);
        try
        {
            var shares = await node.GetTipAsync(ChainKind.Sharechain, cancellation);
            var profile = SharechainProfile.Find(shares.Chain) ?? throw Unknown("sharechain", shares.Chain);
            return new ChainLook(node, shares, main, profile, network);
        }
        catch
        {
            node.Dispose();
            throw;
        }
    }

    /// <summary>A chain as answers name it.</summary>
    public static ChainName NameOf(ChainKind chain) =>
        chain == ChainKind.Mainchain ? ChainName.Mainchain : ChainName.Sharechain;

    /// <summary>The best block of a chain.</summary>
    public TipPayload TipOf(ChainKind chain) => chain == ChainKind.Mainchain ? MainTip : SharesTip;

    /// <summary>The address of a script as the chain's node writes it; hex of the script where it has none.</summary>
    public string Payee(ChainKind chain, Script script)
    {
        var writing = chain == ChainKind.Sharechain
            ? Profile.Addresses
            : Network.Addresses.Writings.FirstOrDefault(known => known.Bech32Hrp == MainTip.AddressPrefix, Network.Addresses);
        return BitcoinAddress.TryFromScript(script, writing, out var address) ? address.ToString() : script.ToString();
    }

    /// <summary>What the node said is not what the rules say: somebody lies, or the two are of different versions.</summary>
    public static CliException Contradicts(string what) => new("node-contradicts", $"The node's answer cannot be: {what}.");

    /// <inheritdoc/>
    public void Dispose() => _node.Dispose();

    // By the row's name, or by the design's, of which test networks run the devnet.
    private static SharechainProfile? RowOf(ParseResult arguments, NetworkProfile network) =>
        arguments.GetValue(Sharechain) is not { } named ? null
        : SharechainProfile.Find(named) is { IsDevnet: true } row ? row
        : SharechainProfile.Of(network.Name, named)
            ?? throw new CliException("bad-sharechain", $"There is no sharechain \"{named}\": see market chain params.");

    private static CliException Unknown(string chain, string name) =>
        new("unknown-chain", $"The node runs a {chain} \"{name}\", which this program does not know.");
}
