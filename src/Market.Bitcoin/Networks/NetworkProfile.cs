using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Bitcoin;

/// <summary>
/// Everything that differs between the networks that a market can be for, written once: names, addresses, Bitcoin's peer
/// protocol, how both chains move and what a block is worth. Immutable.
/// </summary>
public sealed record NetworkProfile
{
    /// <summary>Behind the name of a sharechain's design, where it is the row in small numbers that test networks have.</summary>
    public const string DevnetMark = "-devnet";

    /// <summary>The name that options, wallets and the wire use.</summary>
    public required string Name { get; init; }

    /// <summary>What Bitcoin Core's getblockchaininfo calls the chain.</summary>
    public required string CoreName { get; init; }

    /// <summary>How the mainchain's addresses are written.</summary>
    public required Network Addresses { get; init; }

    /// <summary>The coin type of key paths (SLIP-44): 0 for coins that are worth something, 1 for tests.</summary>
    public required uint CoinType { get; init; }

    /// <summary>Bitcoin's peer protocol; null where the network has no peers.</summary>
    public PeerNetwork? Peers { get; init; }

    /// <summary>The mainchain's first header.</summary>
    public required BlockHeader Genesis { get; init; }

    /// <summary>How the mainchain's target moves.</summary>
    public required DifficultyRule Difficulty { get; init; }

    /// <summary>
    /// Expected hashes that the real chain is known to hold: a chain with less, whatever its length, is somebody's own.
    /// </summary>
    public U256 LeastWork { get; init; } = U256.Zero;

    /// <summary>Mean seconds between mainchain blocks.</summary>
    public required int Spacing { get; init; }

    /// <summary>Seconds that consensus lets a mainchain header be ahead of the clock.</summary>
    public int MaxFutureSeconds { get; init; } = HeaderRules.MaxFutureSeconds;

    /// <summary>New satoshis at a height of the mainchain.</summary>
    public required IssuanceSchedule Issuance { get; init; }

    /// <summary>The name of the sharechain's profile.</summary>
    public required string Sharechain { get; init; }

    /// <summary>Seconds between shares that the sharechain aims at.</summary>
    public required int ShareSpacing { get; init; }

    /// <summary>Seconds that consensus lets a share be ahead of the clock.</summary>
    public int ShareMaxFutureSeconds { get; init; } = 120;

    /// <summary>True where shares are worth nothing, and can be spent no more, after a time.</summary>
    public bool SharesExpire { get; init; }

    /// <summary>True where anybody makes blocks of both chains for nothing, so that nothing there is worth anything.</summary>
    public bool BlocksAreFree { get; init; }

    /// <summary>True where the market's own node alone is source enough: where nothing can be lost.</summary>
    public bool TrustsMarketNode => BlocksAreFree;

    /// <summary>True where the coins are worth something.</summary>
    public bool IsReal => CoinType == 0;

    /// <summary>The easiest target of the mainchain, in compact form: genesis'.</summary>
    public CompactTarget EasiestBits => Genesis.Bits;

    /// <summary>
    /// What whoever undoes a block loses at least, in satoshis: its subsidy. The depth that an amount needs grows with it.
    /// </summary>
    /// <param name="height">The block's height on the mainchain.</param>
    public Amount WorthOfBlock(int height) => Issuance.At(height);

    /// <summary>Every network.</summary>
    public static ImmutableArray<NetworkProfile> All => NetworkProfiles.All;

    /// <summary>Every name, as a refusal lists them.</summary>
    public static string Names => string.Join(", ", All.Select(profile => profile.Name));

    /// <summary>The network of a name; null where there is none. Other programs' names ("main", "test") are not taken.</summary>
    public static NetworkProfile? Find(string? name) =>
        All.FirstOrDefault(profile => string.Equals(profile.Name, name, StringComparison.Ordinal));

    /// <summary>The network of a name.</summary>
    /// <exception cref="NotSupportedException">There is none of that name; says which there are.</exception>
    public static NetworkProfile Of(string name) => Find(name) ?? throw new NotSupportedException(Unknown(name));

    /// <summary>The network that a Bitcoin node says it runs; null where it is none of these.</summary>
    /// <param name="coreName">The chain of getblockchaininfo.</param>
    public static NetworkProfile? OfCore(string coreName) =>
        All.FirstOrDefault(profile => string.Equals(profile.CoreName, coreName, StringComparison.Ordinal));

    /// <summary>What is said of a name that is no network's.</summary>
    public static string Unknown(string? name) => $"\"{name}\" is no network. The networks are {Names}.";
}

/// <summary>How nodes of a network find and greet each other.</summary>
/// <param name="Magic">The four bytes before each message, in the order of the wire, as a big-endian number.</param>
/// <param name="Port">Where nodes listen.</param>
/// <param name="Seeds">Names that DNS resolves to nodes; none on a private network.</param>
public sealed record PeerNetwork(uint Magic, int Port, ImmutableArray<string> Seeds);
