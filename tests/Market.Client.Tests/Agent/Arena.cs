using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;
using Market.Testing.Chains;

namespace Market.Client.Tests.Agent;

/// <summary>Two real chains in memory, two parties with folders on disk, a clock moved by hand.</summary>
internal sealed class Arena : IAsyncDisposable
{
    public const int ShareSpacing = 2;
    public const int CoinSpacing = 10;
    public static readonly Price Price = new(98_000);
    public static readonly Quantity Quantity = new(10 * Quantity.UnitsPerShare);
    private const long Start = 1_800_000_000;
    private const int PatienceSeconds = 1_500;

    private static readonly Script Miner = Script.P2wpkh(PrivateKey.Create(Bytes(77)).PublicKey);
    private long _sinceCoin;

    private Arena(string folder) => Folder = folder;

    public string Folder { get; }

    public ManualClock Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(Start));

    public EmbeddedMainchain Main { get; private set; } = null!;

    public ShareNode Shares { get; private set; } = null!;

    public MessageExchange Exchange { get; private set; } = null!;

    public Party Seller { get; private set; } = null!;

    public Party Buyer { get; private set; } = null!;

    /// <summary>What both had on both chains before the swap.</summary>
    public (long SellerShares, long SellerSats, long BuyerShares, long BuyerSats) Before { get; private set; }

    /// <summary>The chains that the parties' wallets are of.</summary>
    public WalletChains Chains { get; private init; } = Devnet.Chains;

    /// <param name="mainBlocks">Mainchain blocks there are: 102 make a mature coin for the buyer.</param>
    /// <param name="row">The sharechain's rules; the network's own where null.</param>
    public static async Task<Arena> StartAsync(int mainBlocks = 102, SharechainProfile? row = null)
    {
        row ??= SharechainProfiles.P2ShareDevnet;
        var arena = new Arena(Directory.CreateTempSubdirectory("market-agent-").FullName)
        {
            Chains = WalletChains.Of(MessageExchange.Network, row.Design),
        };
        var treasury = new MainchainStart(arena.Chains);
        arena.Main = await Premined.OpenAsync(
            new EmbeddedMainchainOptions { TreasuryScript = treasury.Script, Mine = false, PremineBlocks = mainBlocks },
            arena.Clock);
        arena.Shares = await ShareNode.OpenAsync(
            row, InterpreterRules.Consensus, new MemoryBlockStore(), arena.Main,
            arena.Clock);
        arena.Exchange = new MessageExchange(
            arena.Tips, arena.Shares, arena.Main, TradedInstrument.IdOf(arena.Shares));
        arena.Seller = new Party(arena, 21, Side.Sell);
        arena.Buyer = new Party(arena, 22, Side.Buy);
        arena.Seller.Restart();
        arena.Buyer.Restart();
        Assert.Equal(treasury.Script, arena.Buyer.ScriptOn(ChainKind.Mainchain));
        await arena.MineSharesAsync(2, arena.Seller.ScriptOn(ChainKind.Sharechain));
        await arena.MineSharesAsync(12, Miner);
        arena.Before = await arena.TotalsAsync();
        return arena;
    }

    /// <summary>Two orders met.</summary>
    /// <param name="sold">The instrument of the seller's; the sharechain's own where null.</param>
    /// <param name="bought">The instrument of the buyer's.</param>
    public Arena Match(string? sold = null, string? bought = null)
    {
        Seller.Order(Price, Quantity, sold);
        Buyer.Order(Price, Quantity, bought);
        Exchange.Match(
            Party.SwapId, Price, Quantity,
            new MessageExchange.Fills(Seller.Account, Seller.OrderId),
            new MessageExchange.Fills(Buyer.Account, Buyer.OrderId));
        return this;
    }

    public SwapTips Tips()
    {
        var share = Shares.GetTipAsync().AsTask().GetAwaiter().GetResult();
        var coin = Main.GetTipAsync().AsTask().GetAwaiter().GetResult();
        return new SwapTips(
            new TipView(share.Height, share.MedianTimePast), new TipView(coin.Height, coin.MedianTimePast), Clock.Seconds);
    }

    /// <summary>Time passes: a share block, and now and then a mainchain block.</summary>
    public async Task PassAsync(int seconds = ShareSpacing)
    {
        for (var passed = 0; passed < seconds; passed += ShareSpacing)
        {
            Clock.Advance(TimeSpan.FromSeconds(ShareSpacing));
            await MineSharesAsync(1, Miner);
            _sinceCoin += ShareSpacing;
            if (_sinceCoin >= CoinSpacing)
            {
                _sinceCoin = 0;
                await MineCoinAsync();
            }
        }
    }

    /// <summary>How long agents that are started from now on wait for the market: short only where it is to hang.</summary>
    public TimeSpan MarketPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long agents that are started from now on wait for a chain: short only where one is to hang.</summary>
    public TimeSpan ChainPatience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What miners of the mainchain ask for at least.</summary>
    public FeeRate LeastCoinRate { get; set; } = FeeRate.MinimumRelay;

    /// <summary>False where nodes keep what they have: a dearer transaction over the same coins is a conflict to them.</summary>
    public bool Replaces { get; set; } = true;

    /// <summary>What nodes say a transaction should pay; their own answer where null.</summary>
    public FeeRate? Estimate { get; set; }

    private async Task MineCoinAsync()
    {
        // Parents stand before children; a child may pay for its parent, and one whose parent is left out is left out too.
        var mined = System.Collections.Immutable.ImmutableArray.CreateBuilder<Transaction>();
        var left = new HashSet<TxId>();
        var pool = await Main.GetMempoolAsync();
        foreach (var entry in pool)
        {
            if (BestRate(entry, pool) >= LeastCoinRate.SatsPerKvB
                && !entry.Transaction.Inputs.Any(input => left.Contains(input.PreviousOutput.TxId)))
            {
                mined.Add(entry.Transaction);
            }
            else
            {
                left.Add(entry.Transaction.Id);
            }
        }

        await Main.MineForkAsync((await Main.GetTipAsync()).Height, 1, null, mined.ToImmutable());
    }

    // The best rate of the transaction with any line of its descendants.
    private static long BestRate(
        MempoolEntry entry, System.Collections.Immutable.ImmutableArray<MempoolEntry> pool, long fee = 0, int size = 0)
    {
        (fee, size) = (fee + entry.Fee.Sats, size + entry.Transaction.VirtualSize);
        var best = fee * 1000 / size;
        foreach (var child in pool.Where(one => one.Transaction.Inputs.Any(i => i.PreviousOutput.TxId == entry.Transaction.Id)))
        {
            best = Math.Max(best, BestRate(child, pool, fee, size));
        }

        return best;
    }

    /// <summary>The parties act and time passes, until something holds.</summary>
    public async Task UntilAsync(Func<bool> holds, params Party[] acting)
    {
        for (var passed = 0; passed < PatienceSeconds; passed += ShareSpacing)
        {
            foreach (var party in acting)
            {
                await party.StepAsync();
            }

            if (holds())
            {
                return;
            }

            await PassAsync();
        }

        var said = string.Join("\n  ", acting.SelectMany(party => party.Notices.Select(n => $"{party.Side}: {n}")));
        Assert.Fail($"It did not come to pass.\n  {said}");
    }

    /// <summary>Both agents to the end.</summary>
    public Task ToTheEndAsync() => UntilAsync(() => Seller.Agent.IsIdle && Buyer.Agent.IsIdle
        && Seller.Agent.Swaps.Count > 0 && Buyer.Agent.Swaps.Count > 0, Seller, Buyer);

    public async Task<(long, long, long, long)> TotalsAsync() => (
        await Seller.TotalAsync(ChainKind.Sharechain),
        await Seller.TotalAsync(ChainKind.Mainchain),
        await Buyer.TotalAsync(ChainKind.Sharechain),
        await Buyer.TotalAsync(ChainKind.Mainchain));

    /// <summary>What a party's confirmed transactions of the swap paid to miners on a chain.</summary>
    public async Task<long> FeesAsync(Party party, SwapChain chain)
    {
        IChain source = chain == SwapChain.Share ? Shares : Main;
        long fees = 0;
        foreach (var own in party.Swap.Transactions.Where(known => party.Swap.Swap.ChainOf(known.Leg) == chain
            && (known.Kind != Market.Swaps.Agent.OwnTransactionKind.Funding || known.Leg == party.Swap.Role)))
        {
            if (await source.FindTransactionAsync(own.TxId) is { Block: not null } found)
            {
                foreach (var input in found.Transaction.Inputs)
                {
                    var spent = await source.FindTransactionAsync(input.PreviousOutput.TxId);
                    fees += spent!.Transaction.Outputs[(int)input.PreviousOutput.Index].Value.Sats;
                }

                fees -= found.Transaction.Outputs.Sum(output => output.Value.Sats);
            }
        }

        return fees;
    }

    /// <summary>Every satoshi and every share is where it should be: moved, or back, less the fees that were
    /// paid.</summary>
    public async Task AccountAsync(bool moved)
    {
        var (sellerShares, sellerSats, buyerShares, buyerSats) = await TotalsAsync();
        var shares = moved ? Quantity.Units : 0;
        var sats = moved ? Sats.Notional(Price, Quantity).Value : 0;
        Assert.Equal(Before.SellerShares - shares - await FeesAsync(Seller, SwapChain.Share), sellerShares);
        Assert.Equal(Before.SellerSats + sats - await FeesAsync(Seller, SwapChain.Coin), sellerSats);
        Assert.Equal(Before.BuyerShares + shares - await FeesAsync(Buyer, SwapChain.Share), buyerShares);
        Assert.Equal(Before.BuyerSats - sats - await FeesAsync(Buyer, SwapChain.Coin), buyerSats);
    }

    /// <summary>Mines shares that are no mainchain blocks, so that nobody earns sats on the side.</summary>
    public async Task MineSharesAsync(int count, Script miner)
    {
        for (var i = 0; i < count; i++)
        {
            var share = ShareLab.SolveLosing(await Shares.GetTemplateAsync(miner));
            var result = await Shares.SubmitShareAsync(share);
            Assert.True(result.IsSuccess, $"{result.Code} {result.Detail}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Seller.Dispose();
        Buyer.Dispose();
        await Shares.DisposeAsync();
        await Main.DisposeAsync();
        Exchange.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static byte[] Bytes(byte value)
    {
        var bytes = new byte[32];
        Array.Fill(bytes, value);
        return bytes;
    }

    /// <summary>The buyer's first script, known before its party is.</summary>
    private sealed class MainchainStart
    {
        public MainchainStart(WalletChains chains)
        {
            using var seed = new Client.Keys.Seed(Bytes(22));
            using var keys = new Client.Wallets.WalletKeys(seed, chains.Network, chains.Sharechain);
            Script = keys.ScriptOf(ChainKind.Mainchain, false, 0);
        }

        public Script Script { get; }
    }
}
