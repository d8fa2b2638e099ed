using System.Net.Http.Json;
using Market.Api.Data;
using Market.Api.Tests.Host;
using Market.Api.Tests.Orders;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Shares;
using Market.Contracts;
using Market.Swaps;
using Market.Testing.Chains;
using Npgsql;

namespace Market.Api.Tests.Swaps;

/// <summary>One swap with both its parties: what they do here by hand, their agents do by themselves.</summary>
internal sealed record SwapPair(
    MarketHost Host, int Chain, string Id, Trader SellerSession, Trader BuyerSession, SwapParty Seller, SwapParty Buyer)
{
    public static readonly Amount Shares = new(1_000_000_000);
    public static readonly Amount Coin = new(980_000);
    private static int _trades;

    private ShareNode Sharechain => Host.AllShares[Chain];

    /// <summary>A trade between two keys, journaled as the sequencer does it.</summary>
    /// <param name="host">The server.</param>
    /// <param name="instrument">Which of its instruments.</param>
    /// <param name="chain">Which of its sharechains; the same where null.</param>
    public static async Task<SwapPair> OpenAsync(MarketHost host, int instrument = 0, int? chain = null)
    {
        var at = host.Instruments.All[instrument];
        var number = Interlocked.Increment(ref _trades);
        var (seller, buyer) = (
            await Trader.SignInAsync(host.Address, 10_000 + 2 * number),
            await Trader.SignInAsync(host.Address, 10_001 + 2 * number));
        var trade = new TradeRow
        {
            Instrument = at.Id,
            Id = 1_000_000 + number,
            Price = 98_000,
            Quantity = Shares.Sats,
            Notional = Coin.Sats,
            TakerSide = Contracts.Side.Buy,
            Time = host.Clock.Now,
            SwapId = host.Get<SwapIds>().Of(at.Id, 1_000_000 + number),
            MakerOrder = 1,
            TakerOrder = 2,
            MakerKey = seller.Key,
            TakerKey = buyer.Key,
        };
        await using (var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync())
        await using (var batch = new NpgsqlBatch(connection))
        {
            at.Get<ITradeSink>().Write(batch, [trade]);
            await batch.ExecuteNonQueryAsync();
        }
        at.Feed.Committed([], [trade], [], null, host.Clock.Now);
        return new SwapPair(
            host, chain ?? instrument, trade.SwapId, seller, buyer, new SwapParty($"seller {number}"),
            new SwapParty($"buyer {number}"));
    }

    private Transaction? _shares;
    private Transaction? _coins;
    private AgreedTerms? _terms;

    public SwapPair On(MarketHost host) => this with { Host = host };

    public async Task<SwapDetail> DetailAsync() =>
        (await Host.Http.GetFromJsonAsync<SwapDetail>($"/api/v1/swaps/{Id}", MarketJson.Options))!;

    public async Task GiveKeysAsync()
    {
        var path = $"/api/v1/swaps/{Id}/keys";
        await SellerSession.SendAsync<SwapDetail>(HttpMethod.Post, path, Seller.Keys(SwapRole.Seller));
        var detail = await BuyerSession.SendAsync<SwapDetail>(HttpMethod.Post, path, Buyer.Keys(SwapRole.Buyer));
        Assert.Equal(SwapState.InitiatorLocking, detail.Summary.State);
        var terms = detail.Terms!;
        static PartyKeys Keys(SwapParty party, bool seller) => new(
            party.Claim.PublicKey, party.Refund.PublicKey, seller ? party.Preimage.Hash : null,
            seller ? SwapParty.Plain : null);
        _terms = new AgreedTerms(Seller.Preimage.Hash, Keys(Seller, true), Keys(Buyer, false),
            Locktime.At(terms.CoinLeg.Locktime), Locktime.At(terms.ShareLeg.Locktime));
        Assert.Equal(_terms.ContractOf(Role.Initiator).ScriptPubKey.ToString(), terms.ShareLeg.ScriptPubKey);
        Assert.Equal(_terms.ContractOf(Role.Participant).ScriptPubKey.ToString(), terms.CoinLeg.ScriptPubKey);
    }

    public async Task FundSharesAsync() => _shares = await FundAsync(Sharechain, Coins.Owner(7), Role.Initiator, Shares);

    public async Task FundCoinsAsync() => _coins = await FundAsync(Host.Main, Lab.Treasury, Role.Participant, Coin);

    public Task ClaimCoinsAsync() => BroadcastAsync(Host.Main, Seller.ClaimOf(
        _terms!.ContractOf(Role.Participant), new OutPoint(_coins!.Id, 0), Coin, Seller.Preimage.Reveal()));

    public Task ClaimSharesAsync() => BroadcastAsync(Sharechain, Buyer.ClaimOf(
        _terms!.ContractOf(Role.Initiator), new OutPoint(_shares!.Id, 0), Shares, Seller.Preimage.Reveal()));

    public Task RefundSharesAsync() => BroadcastAsync(Sharechain, Seller.RefundOf(
        _terms!.ContractOf(Role.Initiator), new OutPoint(_shares!.Id, 0), Shares));

    /// <summary>Waits for a state, mining a little again and again.</summary>
    public async Task UntilAsync(SwapState state, int shares = 0, int main = 0)
    {
        var round = 0;
        await Eventually.TrueAsync(async () =>
        {
            if ((await DetailAsync()).Summary.State == state) return true;
            if (++round % 10 != 0) return false;
            await Host.MineSharesAsync(Sharechain, shares, Coins.Owner(7));
            await Host.MineMainAsync(main);
            return false;
        }, $"{state}");
    }

    private async Task<Transaction> FundAsync(IChain chain, Script owner, Role role, Amount amount)
    {
        var coin = await Coins.MatureAsync(chain, owner);
        var funding = Coins.Spend(
            [(coin.OutPoint, coin.Output.Value)],
            [
                _terms!.ContractOf(role).FundingOutput(amount),
                .. role == Role.Initiator ? new[] { SwapAnnotation.Build(0, _terms, Coin) } : [],
                new TxOut(new Amount(coin.Output.Value.Sats - amount.Sats - 1_000), owner),
            ]);
        await BroadcastAsync(chain, funding);
        return funding;
    }

    private static async Task BroadcastAsync(IChain chain, Transaction transaction)
    {
        var result = await chain.BroadcastAsync(transaction);
        Assert.True(result.IsSuccess, $"{result.Code} {result.Detail}");
    }
}
