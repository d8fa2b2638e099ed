using System.Collections.Immutable;
using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain;

/// <summary>The rows of <see cref="SharechainProfile"/>: what differs between designs, and nothing else.</summary>
public static class SharechainProfiles
{
    private const int Day = 86_400;
    private const uint RealStart = 1_798_761_600;
    private const uint DevnetStart = 1_767_225_600;
    private const uint DevnetBits = 0x1f0fffff;

    // Bitcoin's own figures, in units of which any number may be minted.
    private static readonly IssuanceRule Fifty = new IssuanceRule.ByHeight(IssuanceSchedule.Bitcoin, new Amount(1));

    // 2^64 hashes: three of Bitcoin's windows stay below 21 million shares until its difficulty is 200 times today's. The easiest
    // target of these rows is 2^48 hashes, which mint 1,525 units.
    private static readonly IssuanceRule Work = new IssuanceRule.ByWork(new U256(1) << 64);
    private static readonly IssuanceRule DevnetWork = new IssuanceRule.ByWork(new U256(1) << 16);
    private const uint EasiestByWork = 0x1b00ffff;

    /// <summary>Shares that never expire, 50 a block; one random shareholder takes all.</summary>
    public static SharechainProfile P2Share { get; } = new()
    {
        Name = "p2share",
        TargetSpacing = 600,
        AsertHalfLife = 2 * Day,
        EasiestBits = new CompactTarget(0x1d00ffff),
        Genesis = First(RealStart, 0x1d00ffff),
        Issuance = Fifty,
        Maturity = 100,
        Payout = new PayoutDesign.Drawn(1),
        AddressPrefix = Network.Sharechain.Bech32Hrp,
        IsEnforced = true,
    };

    /// <summary>The same rules in seconds.</summary>
    public static SharechainProfile P2ShareDevnet { get; } = P2Share with
    {
        Name = P2Share.Name + NetworkProfile.DevnetMark,
        TargetSpacing = 2,
        AsertHalfLife = 60,
        EasiestBits = new CompactTarget(0x2000ffff),
        ReanchorAfter = 600,
        Genesis = First(DevnetStart, DevnetBits),
        Maturity = 5,
        AddressPrefix = Network.SharechainDevnet.Bech32Hrp,
        Late = new LateRule(6, 50, 500, 16),
    };

    /// <summary>As p2share, and twenty random shareholders share each reward.</summary>
    public static SharechainProfile P2ShareK20 { get; } = Row("p2share-k20", "k") with { Payout = new PayoutDesign.Drawn(20) };

    /// <summary>As p2share, and the winning output is bought back.</summary>
    public static SharechainProfile P2ShareRedeem { get; } = Row("p2share-redeem", "r") with
    {
        Payout = new PayoutDesign.Redeemed(100),
    };

    /// <summary>As p2share, half of the issuance for shares of less work.</summary>
    public static SharechainProfile P2ShareWeak { get; } = Row("p2share-weak", "w") with
    {
        Weak = new WeakRule(64, 3, 16, 4, 1),
    };

    /// <summary>A window of the newest work, paid to its 20 largest holders; uncles.</summary>
    public static SharechainProfile P2PoolV2 { get; } = Row("p2poolv2", "v", EasiestByWork) with
    {
        TargetSpacing = 10,
        Issuance = Work,
        Maturity = 6_048,
        Payout = new PayoutDesign.Window(1, 120_960, 20),

        // A day: a fourteenth of the longest life. By so much of a fresh share's worth do those of one series differ, and 15 series
        // at most have shares that are not expired.
        SeriesLength = 8_640,
        Uncles = new UncleRule(3, 3, 90),
        MaxTransactions = 100,
    };

    /// <summary>A window of the newest work, paid to every holder; shares do not change hands.</summary>
    public static SharechainProfile P2Pool { get; } = Row("p2pool", "p", EasiestByWork) with
    {
        TargetSpacing = 30,
        Issuance = Work,
        IsTransferable = false,
        Payout = new PayoutDesign.Window(3, 8_640, null),
    };

    /// <summary>As p2share, in outputs that are all alike.</summary>
    public static SharechainProfile P2ShareJoin { get; } = Row("p2share-join", "j") with
    {
        Issuance = new IssuanceRule.ByHeight(IssuanceSchedule.Bitcoin, new Amount(Amount.Coin)),
        WholeOutput = new Amount(Amount.Coin),
    };

    /// <summary>As p2share, with proposed rules of Bitcoin's scripts.</summary>
    public static SharechainProfile P2ShareNext { get; } = Row("p2share-next", "n") with
    {
        Features = ScriptFlags.Proposed,
    };

    /// <summary>Every row, each followed by its devnet.</summary>
    public static ImmutableArray<SharechainProfile> All { get; } =
    [
        P2Share, P2ShareDevnet,
        .. new[] { P2ShareK20, P2ShareRedeem, P2ShareWeak, P2PoolV2, P2Pool, P2ShareJoin, P2ShareNext }
            .SelectMany(row => new[] { row, DevnetOf(row) }),
    ];

    // Another row's genesis is another block, so that no share of one chain is one of another; and its bech32 addresses are written
    // otherwise, so that one is not paid on a chain that its owner does not look at. (Those in base58 read the same on every row.)
    private static SharechainProfile Row(string name, string letter, uint bits = 0x1d00ffff) => P2Share with
    {
        Name = name,
        AddressPrefix = Network.Sharechain.Bech32Hrp + letter,
        EasiestBits = new CompactTarget(bits),
        Genesis = First(RealStart, bits, name),
    };

    /// <summary>A row's rules in small numbers, so that a person sees each of them act within minutes.</summary>
    private static SharechainProfile DevnetOf(SharechainProfile row)
    {
        var name = row.Name + NetworkProfile.DevnetMark;
        return row with
        {
            Name = name,
            TargetSpacing = P2ShareDevnet.TargetSpacing,
            AsertHalfLife = P2ShareDevnet.AsertHalfLife,
            EasiestBits = P2ShareDevnet.EasiestBits,
            ReanchorAfter = P2ShareDevnet.ReanchorAfter,
            Genesis = First(DevnetStart, DevnetBits, name),
            Maturity = P2ShareDevnet.Maturity,
            AddressPrefix = Network.DevnetLetter + row.AddressPrefix,
            Late = P2ShareDevnet.Late,
            Issuance = row.Issuance is IssuanceRule.ByWork ? DevnetWork : row.Issuance,
            SeriesLength = row.SeriesLength is null ? null : 720,
            Payout = row.Payout switch
            {
                // A devnet's mainchain is so easy, and a regtest's still easier, that by its difficulty alone the window were
                // less than a block: by so much it is as long as it may be up to 83 kH/s on regtest, and shorter above. Shares
                // that are traded have to outlive a swap, which needs 450 blocks, twice over (ShareLife.Surge): in two hours of
                // blocks the smallest does for three quarters of a share's life, and one of 10 BTC for more than half.
                PayoutDesign.Window window => window with
                {
                    Multiplier = 300_000_000 * window.Multiplier,
                    MostBlocks = row.SeriesLength is null ? 500 : 3_600,
                },
                PayoutDesign.Redeemed => new PayoutDesign.Redeemed(5),
                var same => same,
            },
        };
    }

    private static ShareHeader First(uint time, uint bits, string? name = null)
    {
        var root = name is null ? Hash256.Zero : Hash256.DoubleSha256(Encoding.ASCII.GetBytes(name));
        return new ShareHeader(1, default, [], 0, time, new CompactTarget(bits), root, Hash256.Zero);
    }
}
