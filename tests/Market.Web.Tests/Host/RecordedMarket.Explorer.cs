using System.Globalization;
using Market.Contracts;

namespace Market.Web.Tests.Host;

/// <summary>Its blocks and transactions.</summary>
internal sealed partial class RecordedMarket
{
    Task<Page<BlockSummary>> IMarketReader.BlocksAsync(
        string instrument,
        ChainName chain,
        int limit,
        string? cursor,
        CancellationToken cancel
    ) =>
        Read(() =>
            new Page<BlockSummary>
            {
                Items = Enumerable.Range(0, limit).Select(i => Block(chain, Height(chain) - i)).ToArray(),
            }
        );

    Task<BlockDetail?> IMarketReader.BlockAsync(string instrument, ChainName chain, string heightOrId, CancellationToken cancel) =>
        Read(() =>
        {
            var height = long.TryParse(heightOrId, NumberStyles.None, CultureInfo.InvariantCulture, out var h)
                ? h
                : Enumerable
                    .Range(0, 60)
                    .Select(i => Height(chain) - i)
                    .FirstOrDefault(x => BlockId(chain, x) == heightOrId);
            return height <= 0 || height > Height(chain)
                ? null
                : new BlockDetail
                {
                    Block = Block(chain, height),
                    Parent = BlockId(chain, height - 1),
                    Active = true,
                    Next = height < Height(chain) ? BlockId(chain, height + 1) : null,
                    Confirmations = Height(chain) - height + 1,
                    Bits = "1e3fffc0",
                    Work = 262_144,
                    TransactionIds = [SwapScript.Hex("tx" + heightOrId)],
                    Header = string.Concat(Enumerable.Repeat("00a1", 40)),
                    Proof =
                        chain == ChainName.Mainchain
                            ? null
                            : new ShareProof
                            {
                                MainHeaderId = SwapScript.Hex("mh"),
                                MainParent = BlockId(ChainName.Mainchain, 9_309),
                                IsMainBlock = height % 2 == 0,
                                Paid = "bcrt1q" + SwapScript.Hex("paid")[..38],
                                Amount = new Sats(5_000_000_000),
                                Reason = "The output that holds the q-th unit is paid.",
                                Rule = "20 drawn owners",
                                Payees = [.. Enumerable.Range(0, 3).Select(PartyOf)],
                                Total = new Quantity(254_120_000_000_000),
                                Draws = [.. Enumerable.Range(0, 3).Select(DrawOf)],
                                Window = new PaidWindow
                                {
                                    Start = 50_702,
                                    Dust = new Sats(546),
                                    FellOut = 2,
                                    ExpectedExpiry = Now.AddMinutes(17),
                                },
                                Redeemed = new Redemption { DecidedFrom = 9_410, State = "Frozen until then." },
                                Named =
                                [
                                    new NamedWork
                                    {
                                        Id = SwapScript.Hex("weak"),
                                        Kind = NamedKind.Weak,
                                        Height = height - 1,
                                        Maker = MinerOf(First),
                                        Work = 16_384,
                                        IsMainBlock = false,
                                    },
                                ],
                                Late = [new RegisteredWork { Block = SwapScript.Hex("late"), Key = SwapScript.Hex("key") }],
                                Fate = height % 2 == 0 ? "It is Bitcoin block #9,310, with 1 confirmation." : null,
                            },
                };
        });

    Task<TransactionDetail?> IMarketReader.TransactionAsync(
        string instrument,
        ChainName chain,
        string id,
        bool isWhole,
        CancellationToken cancel
    ) =>
        Read<TransactionDetail?>(() =>
            id.StartsWith("00", StringComparison.Ordinal)
                ? null
                : new TransactionDetail
                {
                    Chain = chain,
                    Id = id,
                    Height = Height(chain) - 2,
                    BlockId = BlockId(chain, Height(chain) - 2),
                    Confirmations = 3,
                    Time = Now.AddSeconds(-21),
                    Fee = new Sats(153),
                    Swap = Newest(1).Count > 0 ? Newest(1)[0].Id : null,
                    VirtualSize = 141,
                    Locktime = 0,
                    Hex = "02000000" + SwapScript.Hex(id),
                    Inputs =
                    [
                        new TransactionInput
                        {
                            Outpoint = SwapScript.Hex("in") + ":0",
                            Value = new Sats(245_453),
                            Address = "bcrt1q" + SwapScript.Hex("o")[..38],
                            Sequence = 0xfffffffd,
                            Witness = ["3044"],
                        },
                    ],
                    Outputs =
                    [
                        new TransactionOutput
                        {
                            Value = new Sats(245_300),
                            Script = "0020" + SwapScript.Hex("s"),
                            Address = "bcrt1q" + SwapScript.Hex("o")[..38],
                            State = OutputState.Spent,
                            Spender = SwapScript.Hex("spender"),
                        },
                        new TransactionOutput { Value = new Sats(0), Script = "6a24" + SwapScript.Hex("d") },
                    ],
                }
        );

    Task<AddressDetail?> IMarketReader.AddressAsync(string instrument, ChainName chain, string address, CancellationToken cancel) =>
        Read(() => address.Contains('1', StringComparison.Ordinal)
            ? new AddressDetail
            {
                Chain = chain,
                Address = address,
                Script = "0014" + SwapScript.Hex("s")[..40],
                Spendable = new CoinSum { Count = 18, Value = new Sats(90_000_000_000) },
                Maturing = new CoinSum { Count = 7, Value = new Sats(35_000_000_000) },
                Unconfirmed = new CoinSum { Count = 0, Value = new Sats(0) },
                Chance = chain == ChainName.Sharechain ? ChanceOf(0.036) : null,
                Minted = new Sats(130_000_000_000),
                From = 46_884,
                Payments =
                [
                    .. Enumerable.Range(0, 4).Select(i => new AddressPayment
                    {
                        Outpoint = SwapScript.Hex("paid" + i) + ":0",
                        Value = new Sats(5_000_000_000),
                        Height = Height(chain) - i,
                        Time = Now.AddSeconds(-2 * i),
                        Minted = i % 2 == 0,
                        State = i == 3 ? OutputState.Spent : OutputState.Unspent,
                        Spender = i == 3 ? SwapScript.Hex("spender") : null,
                    }),
                ],
            }
            : null);

    Task<ShareHolderPage> IMarketReader.HoldersAsync(string instrument, int limit, string? cursor, CancellationToken cancel) =>
        Read(() => new ShareHolderPage
        {
            Tip = BlockId(ChainName.Sharechain, shareHeight),
            Height = shareHeight,
            Rule = "1 drawn owner",
            Total = new Quantity(2_500_000_000_000),
            Count = 41,
            Items =
            [
                .. Enumerable.Range(0, 9).Select(i => new ShareHolder
                {
                    Rank = i + 1,
                    Address = i == 8 ? "5121" + SwapScript.Hex("p") : "dshr1q" + SwapScript.Hex("holder" + i)[..38],
                    Chance = ChanceOf(0.3 / Math.Pow(8, i)),
                }),
            ],
            NextCursor = cursor is null ? "50" : null,
        });

    Task<FoundBlocks> IMarketReader.FoundAsync(string instrument, int limit, CancellationToken cancel) =>
        Read(() =>
        {
            FoundBlock[] all = instrument == First && !Young
                ? [.. Enum.GetValues<FoundFate>().Select((fate, i) => FoundOf(i == 0 ? NewestFate : fate, 9_300 + i, 51_200 + i))]
                : [];
            return new FoundBlocks { Items = [.. all.Take(limit)], Remembered = all.Length == 0 ? 0 : 1_000 };
        });

    /// <summary>What became of the Bitcoin block that was found last.</summary>
    public FoundFate NewestFate { get; set; }

    private FoundBlock FoundOf(FoundFate fate, int height, int share) => new()
    {
        Id = BlockId(ChainName.Mainchain, height),
        Height = height,
        ShareId = BlockId(ChainName.Sharechain, share),
        ShareHeight = share,
        IsWeak = fate == FoundFate.Stale,
        FoundAt = Now.AddSeconds(-height),
        Fate = fate,
        FateAt = Now.AddSeconds(fate == FoundFate.Waiting ? -height : -60),
        Reason = fate switch
        {
            FoundFate.Waiting => "connection refused",
            FoundFate.Refused => "bad-txns-inputs-missingorspent",
            FoundFate.Unknown => "no answer within an hour",
            _ => null,
        },
    };

    Task<IReadOnlyList<SearchHit>> IMarketReader.SearchAsync(string text, CancellationToken cancel) =>
        Read<IReadOnlyList<SearchHit>>(() => text switch
        {
            "51,203" => [HitOf(SearchKind.Block, "p2share-devnet", BlockId(ChainName.Sharechain, 51_203), 51_203)],
            "100" => [HitOf(SearchKind.Block, "mainchain", BlockId(ChainName.Mainchain, 100), 100)],
            "deadbeef" =>
            [
                HitOf(SearchKind.Block, "p2share-devnet", BlockId(ChainName.Sharechain, 7), 7),
                HitOf(SearchKind.Transaction, "p2share-k20-devnet", SwapScript.Hex("tx"), null) with
                {
                    Instrument = "P2SHARE-K20-BTC",
                },
                HitOf(SearchKind.Address, "mainchain", "bcrt1q" + SwapScript.Hex("o")[..38], null),
                HitOf(SearchKind.Swap, null, SwapScript.Hex("swap")[..32], null),
            ],
            _ => [],
        });

    private static SearchHit HitOf(SearchKind kind, string? chain, string id, long? height) =>
        new() { Kind = kind, Chain = chain, Id = id, Height = height, Instrument = First };

    private static HolderChance ChanceOf(double part) =>
        new() { Weight = new Quantity((long)(2_500_000_000_000 * part)), Part = part, Chance = part };

    private static PaidParty PartyOf(int i) => new()
    {
        Address = "bcrt1q" + SwapScript.Hex("paid" + i)[..38],
        Amount = new Sats(1_666_666_666),
        Weight = i == 2 ? null : new Quantity(7_000_000_000),
    };

    private static DrawnOutput DrawOf(int i) => new()
    {
        Index = i,
        Unit = new Quantity(120_411_755_000_000 + i),
        Outpoint = SwapScript.Hex("drawn" + i) + ":0",
        Value = new Quantity(5_000_000_000),
        Address = "bcrt1q" + SwapScript.Hex("paid" + i)[..38],
    };

    private long Height(ChainName chain) => chain == ChainName.Sharechain ? shareHeight : 9_310;

    private BlockSummary Block(ChainName chain, long height) =>
        new()
        {
            Chain = chain,
            Height = height,
            Id = BlockId(chain, height),
            Transactions = 1 + (int)(height % 3),
            Size = 1_204,
            Time = Now.AddSeconds(-(Height(chain) - height) * (chain == ChainName.Sharechain ? 2 : 10) - 1),
            PaidTo =
                (chain == ChainName.Sharechain ? "dshr1q" : "bcrt1q") + SwapScript.Hex("miner" + height % 4)[..38],
        };

    /// <summary>The id of a block.</summary>
    public static string BlockId(ChainName chain, long height) =>
        SwapScript.Hex(chain.ToString() + height.ToString(CultureInfo.InvariantCulture));
}
