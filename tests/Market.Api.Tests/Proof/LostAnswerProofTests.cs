using Market.Api.Tests.Orders;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Orders;
using Market.Contracts;

namespace Market.Api.Tests.Proof;

/// <summary>A real market behind a way that loses requests and answers.</summary>
public sealed class LostAnswerProofTests(PostgresFixture postgres)
{
    private const byte SellerNumber = 35;

    // As often as one call of the client's interface tries.
    private const int Tries = 4;
    private static readonly OrderWish Wish = new(Side.Sell, new Price(98_000), new Quantity(10 * Quantity.UnitsPerShare));

    [Fact]
    public async Task Whatever_answers_are_lost_nothing_is_placed_twice_and_a_cancel_frees_the_coins()
    {
        await using var market = await ProofMarket.StartAsync(
            await postgres.NewDatabaseAsync(), new EmbeddedGround(ProofParty.FirstScript(SellerNumber, ChainKind.Mainchain)));
        await using var seller = new ProofParty(market, SellerNumber, Side.Sell);
        await market.MineSharesAsync(2, ProofParty.FirstScript(SellerNumber, ChainKind.Sharechain));
        await market.MineSharesAsync(20);
        await seller.OpenAsync();
        await seller.CatchUpAsync();
        await seller.UntilOrdersAreTakenAsync();
        using var way = new LossyWay();
        using var api = new MarketApi(market.Address, seller.Trader.Keys, market.Clock, way);
        using var log = OrderLog.Open(Path.Combine(market.Folder, "lossy.jsonl"));
        var desk = new OrderDesk(api, seller.Trader.Wallet, log, _ => false, market.Clock);

        foreach (var (method, before) in new[]
        {
            (HttpMethod.Post, false), (HttpMethod.Post, true), (HttpMethod.Delete, false), (HttpMethod.Delete, true),
        })
        {
            way.Lose(method, before, Tries);
            var placed = await desk.PlaceAsync(Wish);
            var open = await api.GetOrdersAsync(OrderStatus.Open);
            Assert.Equal(placed.Order.Id, Assert.Single(open.Items).Id);

            var cancelled = await desk.CancelAsync(placed.Order);

            Assert.Equal((placed.Order.Id, OrderStatus.Cancelled), (cancelled.Id, cancelled.Status));
            Assert.Empty(seller.Trader.Wallet.File.Purposes());
            Assert.Empty(desk.Unknown);
            Assert.Equal(0, way.Left);
        }

        Assert.Equal(4, (await api.GetOrdersAsync()).Items.Count);
    }

    private sealed class LossyWay() : DelegatingHandler(new HttpClientHandler())
    {
        private HttpMethod? _method;
        private bool _before;

        public int Left { get; private set; }

        public void Lose(HttpMethod method, bool before, int times) => (_method, _before, Left) = (method, before, times);

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method != _method || Left == 0)
            {
                return await base.SendAsync(request, cancellationToken);
            }

            Left--;
            if (!_before)
            {
                (await base.SendAsync(request, cancellationToken)).Dispose();
            }

            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The way is broken.");
        }
    }
}
