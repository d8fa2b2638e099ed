using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Client.Keys;
using Market.Client.Wallets;
using Market.Sharechain;
using Market.Swaps;
using Market.Testing.Chains;

namespace Market.Client.Tests.Recovery;

/// <summary>Two real chains in memory and one swap on them, taken step by step by hand; wallets that have nothing but a
/// seed.</summary>
internal sealed class RecoveryLab : IAsyncDisposable
{
    public const string Network = "devnet";
    public const uint SellerIndex = 7;
    public const uint BuyerIndex = 12;
    public static readonly Amount Shares = new(10 * Amount.Coin);
    public static readonly Amount Sats = new(980_000);

    private const long Start = 1_800_000_000;
    private const int Spacing = 2;
    private static readonly Script Miner = Script.P2wpkh(PrivateKey.Create(Enumerable.Repeat((byte)77, 32).ToArray()).PublicKey);

    private RecoveryLab()
    {
        Seller = SeedOf(1);
        Buyer = SeedOf(2);
    }

    public ManualClock Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds(Start));

    public EmbeddedMainchain Main { get; private set; } = null!;

    public ShareNode Share { get; private set; } = null!;

    public Seed Seller { get; }

    public Seed Buyer { get; }

    public Wallet SellerWallet { get; private set; } = null!;

    public Wallet BuyerWallet { get; private set; } = null!;

    public AgreedTerms Terms { get; private set; } = null!;

    public Transaction FirstLock { get; private set; } = null!;

    public Transaction SecondLock { get; private set; } = null!;

    /// <summary>Begins.</summary>
    /// <param name="treasury">Which of the buyer's addresses its bitcoin is paid to: those of shares get it as a reward.</param>
    public static async Task<RecoveryLab> StartAsync(ChainKind treasury = ChainKind.Mainchain)
    {
        var lab = new RecoveryLab();
        using var buyerKeys = new WalletKeys(lab.Buyer, Network);
        lab.Main = await Premined.OpenAsync(
            new EmbeddedMainchainOptions
            {
                TreasuryScript = buyerKeys.ScriptOf(treasury, false, 0),
                Mine = false,
                PremineBlocks = 102,
            },
            lab.Clock);
        lab.Share = await ShareNode.OpenAsync(
            SharechainProfiles.P2ShareDevnet, InterpreterRules.Consensus, new MemoryBlockStore(), lab.Main, lab.Clock);
        lab.SellerWallet = lab.Restore(lab.Seller);
        lab.BuyerWallet = lab.Restore(lab.Buyer);
        await lab.MineSharesAsync(2, lab.SellerWallet.PrimaryScript(ChainKind.Sharechain));
        await lab.MineSharesAsync(12, Miner);
        lab.Agree();
        return lab;
    }

    /// <summary>A wallet of a seed, with nothing else.</summary>
    public Wallet Restore(Seed seed) => new(new WalletKeys(seed, Network), WalletFile.Open(null, Devnet.Chains), Main, Share);

    public Role RoleOf(Seed seed) => seed == Seller ? Role.Initiator : Role.Participant;

    public Task LockFirstAsync() => LockFirstAsync(Terms, Shares);

    public async Task LockFirstAsync(AgreedTerms terms, Amount amount)
    {
        ImmutableArray<TxOut> outputs =
        [
            terms.ContractOf(Role.Initiator).FundingOutput(amount),
            Market.Swaps.PayoutAnnotation.For(0, terms.Initiator.PayoutScript!.Value),
            SwapAnnotation.Build(0, terms, Sats),
        ];
        FirstLock = (await SellerWallet.BuildAsync(ChainKind.Sharechain, outputs, FeeRate.MinimumRelay)).Transaction;
        await SendAsync(Share, FirstLock);
    }

    /// <summary>The buyer's lock, signed; handed out or not.</summary>
    public async Task<Transaction> BuildSecondAsync() => SecondLock = (await BuyerWallet.BuildAsync(
        ChainKind.Mainchain, [Terms.ContractOf(Role.Participant).FundingOutput(Sats)], FeeRate.MinimumRelay)).Transaction;

    public async Task LockSecondAsync() => await SendAsync(Main, await BuildSecondAsync());

    /// <summary>The seller claims the sats and shows the preimage.</summary>
    public async Task RevealAsync()
    {
        using var key = SellerWallet.Keys.SwapClaimKey(SellerIndex);
        using var preimage = SellerWallet.Keys.SwapPreimage(SellerIndex);
        await SendAsync(Main, Terms.ContractOf(Role.Participant).Claim(new OutPoint(SecondLock.Id, 0), Sats, key, preimage.Reveal(),
            SellerWallet.NewScript(ChainKind.Mainchain), FeeRate.MinimumRelay)!);
    }

    /// <summary>The buyer claims the shares.</summary>
    public async Task ClaimAsync()
    {
        using var key = BuyerWallet.Keys.SwapClaimKey(BuyerIndex);
        using var preimage = SellerWallet.Keys.SwapPreimage(SellerIndex);
        await SendAsync(Share, Terms.ContractOf(Role.Initiator).Claim(new OutPoint(FirstLock.Id, 0), Shares, key, preimage.Reveal(),
            BuyerWallet.NewScript(ChainKind.Sharechain), FeeRate.MinimumRelay)!);
    }

    public async Task SendAsync(IChain chain, Transaction transaction)
    {
        var result = await chain.BroadcastAsync(transaction);
        Assert.True(result.IsSuccess, $"{result.Code} {result.Detail}");
    }

    /// <summary>A block on each chain.</summary>
    public async Task MineAsync(int blocks = 1)
    {
        for (var i = 0; i < blocks; i++)
        {
            await MineSharesAsync(1, Miner);
            await Main.MineAsync(1);
        }
    }

    public async Task MineSharesAsync(int count, Script miner)
    {
        for (var i = 0; i < count; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(Spacing));
            var share = ShareLab.SolveLosing(await Share.GetTemplateAsync(miner));
            var result = await Share.SubmitShareAsync(share);
            Assert.True(result.IsSuccess, $"{result.Code} {result.Detail}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        SellerWallet.Keys.Dispose();
        BuyerWallet.Keys.Dispose();
        Seller.Dispose();
        Buyer.Dispose();
        await Share.DisposeAsync();
        await Main.DisposeAsync();
    }

    private static Seed SeedOf(byte number) => new(Mnemonic.FromEntropy(Enumerable.Repeat(number, 16).ToArray()));

    private void Agree()
    {
        var plan = SwapPlan.Of(SwapRules.Of(NetworkProfile.Of(Network)), Sats);
        using var preimage = SellerWallet.Keys.SwapPreimage(SellerIndex);
        Terms = new AgreedTerms(
            preimage.Hash,
            KeysOf(SellerWallet.Keys, SellerIndex) with
            {
                Hash = preimage.Hash,
                PayoutScript = SellerWallet.PrimaryScript(ChainKind.Sharechain),
            },
            KeysOf(BuyerWallet.Keys, BuyerIndex),
            Locktime.At(Clock.Seconds + plan.ShortSpan),
            Locktime.At(Clock.Seconds + plan.LongSpan));
    }

    private static PartyKeys KeysOf(WalletKeys keys, uint index)
    {
        using var claim = keys.SwapClaimKey(index);
        using var refund = keys.SwapRefundKey(index);
        return new PartyKeys(claim.PublicKey, refund.PublicKey, null, null);
    }
}
