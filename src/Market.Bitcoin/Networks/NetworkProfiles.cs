using System.Collections.Immutable;
using Market.Bitcoin.Ledger;

namespace Market.Bitcoin;

/// <summary>The rows of <see cref="NetworkProfile"/>. Figures are those of Bitcoin Core's chainparams.</summary>
internal static class NetworkProfiles
{
    private const string Timestamped2009 = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
    private const string Timestamped2024 = "7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e";
    private const string DevnetRoot = "11f8e15b48e3acd4be66e4492abd494a3036207b38efa6b86ce95d3a179442df";
    private const string Shares = "p2share";
    private const string DevnetShares = Shares + NetworkProfile.DevnetMark;
    private const int RegtestHalving = 150;

    private static readonly NetworkProfile Mainnet = new()
    {
        Name = "mainnet",
        CoreName = "main",
        Addresses = Network.Mainnet,
        CoinType = 0,
        Peers = new PeerNetwork(0xf9beb4d9, 8333,
        [
            "seed.bitcoin.sipa.be", "dnsseed.bluematt.me", "seed.bitcoin.jonasschnelli.ch", "seed.btc.petertodd.net",
            "seed.bitcoin.sprovoost.nl", "dnsseed.emzy.de", "seed.bitcoin.wiz.biz",
        ]),
        Genesis = First(1, Timestamped2009, 1_231_006_505, 0x1d00ffff, 2_083_236_893),
        Difficulty = DifficultyRule.Retarget,
        LeastWork = WorkOf("63c4ebd298db40af57541800"),
        Spacing = 600,
        Issuance = IssuanceSchedule.Bitcoin,
        Sharechain = Shares,
        ShareSpacing = 600,
    };

    private static readonly NetworkProfile Testnet4 = Mainnet with
    {
        Name = "testnet4",
        CoreName = "testnet4",
        Addresses = Network.Testnet,
        CoinType = 1,
        Peers = new PeerNetwork(0x1c163f28, 48333, ["seed.testnet4.bitcoin.sprovoost.nl", "seed.testnet4.wiz.biz"]),
        Genesis = First(1, Timestamped2024, 1_714_777_860, 0x1d00ffff, 393_743_547),
        Difficulty = DifficultyRule.RetargetWithEasyBlocks,
        LeastWork = U256.Zero,
    };

    private static readonly NetworkProfile Signet = Mainnet with
    {
        Name = "signet",
        CoreName = "signet",
        Addresses = Network.Signet,
        CoinType = 1,
        Peers = new PeerNetwork(0x0a03cf40, 38333, ["seed.signet.bitcoin.sprovoost.nl", "seed.signet.achownodes.xyz"]),
        Genesis = First(1, Timestamped2009, 1_598_918_400, 0x1e0377ae, 52_613_770),
        LeastWork = U256.Zero,
    };

    private static readonly NetworkProfile Regtest = Mainnet with
    {
        Name = "regtest",
        CoreName = "regtest",
        Addresses = Network.Regtest,
        CoinType = 1,
        Peers = new PeerNetwork(0xfabfb5da, 18444, []),
        Genesis = First(1, Timestamped2009, 1_296_688_602, 0x207fffff, 2),
        Difficulty = DifficultyRule.Fixed,
        LeastWork = U256.Zero,
        Issuance = IssuanceSchedule.Bitcoin with { HalvingInterval = RegtestHalving },
        Sharechain = DevnetShares,
        ShareSpacing = 2,
        BlocksAreFree = true,
    };

    private static readonly NetworkProfile Devnet = Regtest with
    {
        Name = "devnet",
        CoreName = "devnet",
        Peers = null,
        Genesis = First(0x20000000, DevnetRoot, 1_767_225_600, 0x1e3fffc0, 912_083),
        Spacing = 10,
        Issuance = IssuanceSchedule.Bitcoin,
    };

    public static ImmutableArray<NetworkProfile> All { get; } = [Mainnet, Testnet4, Signet, Regtest, Devnet];

    private static BlockHeader First(int version, string root, uint time, uint bits, uint nonce) =>
        new(version, default, Hash256.Parse(root), time, new CompactTarget(bits), nonce);

    private static U256 WorkOf(string hex) => U256.FromBigInteger(
        System.Numerics.BigInteger.Parse("0" + hex, System.Globalization.NumberStyles.HexNumber, null));
}
