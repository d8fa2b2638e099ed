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
                                Reason =
                                    "Of 2,541,200.00 mature shares the one numbered 1,204,117.55 was drawn by the "
                                    + "hash of the parent block; this holder has 3.1 % of all shares.",
                            },
                };
        });

    Task<TransactionDetail?> IMarketReader.TransactionAsync(
        string instrument,
        ChainName chain,
        string id,
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
                    VirtualSize = 141,
                    Locktime = 0,
                    Hex = "02000000" + SwapScript.Hex(id),
                    Inputs =
                    [
                        new TransactionInput
                        {
                            Outpoint = SwapScript.Hex("in") + ":0",
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
                        },
                        new TransactionOutput { Value = new Sats(0), Script = "6a24" + SwapScript.Hex("d") },
                    ],
                }
        );

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
            Miner =
                (chain == ChainName.Sharechain ? "dshr1q" : "bcrt1q") + SwapScript.Hex("miner" + height % 4)[..38],
        };

    private static string BlockId(ChainName chain, long height) =>
        SwapScript.Hex(chain.ToString() + height.ToString(CultureInfo.InvariantCulture));
}
