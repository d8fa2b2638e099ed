using System.Net;
using System.Text;
using System.Text.Json;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>What happens to a request on its way.</summary>
public enum Way
{
    /// <summary>Nothing is amiss.</summary>
    Well,

    /// <summary>There is no connection.</summary>
    NoConnection,

    /// <summary>The request is lost.</summary>
    LostBefore,

    /// <summary>It arrives and the answer is lost.</summary>
    LostAfter,

    /// <summary>It arrives later, long after its sender was told that the connection broke.</summary>
    Late,

    /// <summary>It arrives and is refused: trading is paused.</summary>
    Refused,

    /// <summary>A proxy answers with its own page, after the request went through.</summary>
    BadGateway,
}

/// <summary>
/// What the market is to a desk, over the wire: it takes orders, answers the same one with the first, cancels. What happens to a
/// request on its way is said before by <see cref="Fate"/>.
/// </summary>
internal sealed class OrderExchange(TimeProvider clock) : HttpMessageHandler
{
    private readonly Dictionary<string, (Order Order, string Body)> _orders = [];
    private readonly List<(DateTimeOffset At, string Body)> _late = [];

    public static TimeSpan Lateness { get; } = TimeSpan.FromSeconds(40);

    /// <summary>Says of a request by its number, from 1, among those of its method, what happens to it.</summary>
    public Func<HttpMethod, int, Way> Fate { get; set; } = (_, _) => Way.Well;

    /// <summary>Why a new order is refused; null where it is taken.</summary>
    public Func<PlaceOrder, Problem?> Refuse { get; set; } = _ => null;

    public List<Fill> Fills { get; } = [];

    public List<ProveOutpoints> Proofs { get; } = [];

    /// <summary>The instrument's rules.</summary>
    public TradingRules Rules { get; set; } = TheInstrument.Rules;

    /// <summary>What proved coins hold; nought where it is not said.</summary>
    public Func<string, long> ValueOf { get; set; } = _ => 0;

    /// <summary>Coins that cannot be proved.</summary>
    public HashSet<string> Unprovable { get; } = [];

    /// <summary>So many coins may be proved.</summary>
    public int MostProved { get; set; } = int.MaxValue;

    /// <summary>The coins that are proved, by their names.</summary>
    private Dictionary<string, ProvedOutpoint> Coins { get; } = [];

    public PlaceOrder Sent(string clientId) => JsonSerializer.Deserialize<PlaceOrder>(_orders[clientId].Body, MarketJson.Strict)!;

    public HashSet<string> Moving { get; } = [];

    /// <summary>Instruments that there are no more.</summary>
    public HashSet<string> Gone { get; } = [];

    /// <summary>Instruments whose orders cannot be cancelled now.</summary>
    public HashSet<string> Stuck { get; } = [];

    public int AnswersLeftOut { get; set; }

    public double ModelPrice { get; set; } = 100_000;

    public IReadOnlyList<Order> Orders => [.. _orders.Values.Select(entry => entry.Order)];

    public IReadOnlyList<Order> Open => [.. Orders.Where(order => order.Status == OrderStatus.Open)];

    private Dictionary<HttpMethod, int> Counts { get; } = [];

    public void Change(string clientId, Func<Order, Order> change) =>
        _orders[clientId] = (change(_orders[clientId].Order), _orders[clientId].Body);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        lock (_orders)
        {
            foreach (var (_, late) in _late.Where(late => late.At <= clock.GetUtcNow()))
            {
                Place(late);
            }

            _late.RemoveAll(late => late.At <= clock.GetUtcNow());
            Counts[request.Method] = Counts.GetValueOrDefault(request.Method) + 1;
            switch (Fate(request.Method, Counts[request.Method]))
            {
                case Way.NoConnection:
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
                case Way.LostBefore:
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "broken");
                case Way.Late:
                    _late.Add((clock.GetUtcNow() + Lateness, body));
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "broken");
                case Way.LostAfter:
                    Answer(request, body);
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, "broken");
                case Way.BadGateway:
                    Answer(request, body);
                    return new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("<html>") };
                case Way.Refused:
                    return Refusal(409, ProblemCodes.TradingPaused);
                default:
                    return Answer(request, body);
            }
        }
    }

    private HttpResponseMessage Answer(HttpRequestMessage request, string body)
    {
        var path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath);
        if (request.Method == HttpMethod.Post)
        {
            return path == Routes.Orders ? Place(body) : path == Routes.Outpoints ? Prove(body) : CancelAll(body);
        }

        if (path.StartsWith(Routes.Outpoints + "/", StringComparison.Ordinal))
        {
            return Coins.Remove(path.Split('/')[^1], out var coin) ? Ok(coin) : Refusal(404, ProblemCodes.NotFound);
        }

        if (path == Routes.OrderBatch)
        {
            return CancelSeveral(body);
        }

        if (path.StartsWith(Routes.Orders + "/", StringComparison.Ordinal))
        {
            return One(request.Method, path[(Routes.Orders.Length + 1)..], InstrumentOf(request.RequestUri), body);
        }

        return path switch
        {
            Routes.Orders => Ok(new Page<Order> { Items = [.. Open] }),
            Routes.Fills => Ok(new Page<Fill> { Items = [.. Fills] }),
            Routes.Outpoints => Ok(new Page<ProvedOutpoint> { Items = [.. Coins.Values] }),
            Routes.Instruments => Ok(new[] { TheInstrument with { Rules = Rules } }),
            _ when path.EndsWith("/discount", StringComparison.Ordinal) => Ok(Figures()),
            _ when path.StartsWith(Routes.Swaps + "/", StringComparison.Ordinal) => Ok(Swap(path.Split('/')[^1])),
            _ => Ok(TheInstrument with { Id = path.Split('/')[^1] }),
        };
    }

    private HttpResponseMessage Place(string body)
    {
        var request = JsonSerializer.Deserialize<PlaceOrder>(body, MarketJson.Strict)!;
        if (_orders.TryGetValue(request.ClientOrderId, out var first))
        {
            return first.Body == body
                ? Ok(new PlacedOrder { Order = first.Order, Fills = [] })
                : Refusal(409, ProblemCodes.DuplicateClientOrderId);
        }

        if (Refuse(request) is { } problem)
        {
            return Json(problem.Status, problem);
        }

        var order = new Order
        {
            Id = (_orders.Count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
            ClientOrderId = request.ClientOrderId,
            Instrument = request.Instrument,
            Side = request.Side,
            Type = request.Type,
            Price = request.WorstPrice,
            Discount = request.Discount,
            WorstPrice = request.Discount is null ? null : request.WorstPrice,
            Quantity = request.Quantity,
            Filled = default,
            Remaining = request.Quantity,
            TimeInForce = request.TimeInForce,
            PostOnly = request.PostOnly,
            Status = OrderStatus.Open,
            Outpoints = [.. request.Outpoints.Select(proof => proof.Outpoint)],
            CreatedAt = clock.GetUtcNow(),
            UpdatedAt = clock.GetUtcNow(),
        };
        _orders[request.ClientOrderId] = (order, body);
        return Ok(new PlacedOrder { Order = order, Fills = [] });
    }

    private HttpResponseMessage Prove(string body)
    {
        var proofs = JsonSerializer.Deserialize<ProveOutpoints>(body, MarketJson.Strict)!;
        if (proofs.Outpoints.Any(proof => Unprovable.Contains(proof.Outpoint)))
        {
            return Refusal(409, ProblemCodes.OutpointUnavailable);
        }

        if (Coins.Count + proofs.Outpoints.Count(proof => !Coins.ContainsKey(proof.Outpoint)) > MostProved)
        {
            return Refusal(409, ProblemCodes.TooManyOutpoints);
        }

        Proofs.Add(proofs);
        foreach (var proof in proofs.Outpoints)
        {
            Coins[proof.Outpoint] = Proved(proof.Outpoint) with { Chain = proofs.Chain, ExpiresAt = proofs.ExpiresAt };
        }

        return Ok(new ProvedOutpoints { Outpoints = [.. proofs.Outpoints.Select(proof => Coins[proof.Outpoint])] });
    }

    private ProvedOutpoint Proved(string outpoint) => new()
    {
        Outpoint = outpoint,
        Chain = TheInstrument.Sharechain,
        Asset = TheInstrument.Base,
        Value = ValueOf(outpoint).ToString(System.Globalization.CultureInfo.InvariantCulture),
        State = OutpointState.Free,
        Promised = "0",
        Free = "0",
        Orders = [],
        Change = false,
        ProvedAt = default,
        ExpiresAt = default,
    };

    private HttpResponseMessage CancelSeveral(string body)
    {
        var answers = new List<CancelledAnswer>();
        foreach (var name in JsonSerializer.Deserialize<CancelOrders>(body, MarketJson.Strict)!.Orders)
        {
            using var answer = One(HttpMethod.Delete, name.Id, name.Instrument, "");
            var text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
            answers.Add(answer.IsSuccessStatusCode
                ? new CancelledAnswer { Order = JsonSerializer.Deserialize<Order>(text, MarketJson.Options) }
                : new CancelledAnswer { Problem = JsonSerializer.Deserialize<Problem>(text, MarketJson.Options) });
        }

        return Ok(new CancelledAnswers { Answers = [.. answers.SkipLast(AnswersLeftOut)] });
    }

    private static string? InstrumentOf(Uri asked)
    {
        const string name = "?instrument=";
        return asked.Query.StartsWith(name, StringComparison.Ordinal) ? Uri.UnescapeDataString(asked.Query[name.Length..]) : null;
    }

    // An id is good in its own instrument alone.
    private HttpResponseMessage One(HttpMethod method, string id, string? instrument, string body)
    {
        var order = Orders.FirstOrDefault(order => (order.Id == id && (instrument is null || order.Instrument == instrument))
            || $"client:{order.ClientOrderId}" == id);
        if (order is null)
        {
            return Refusal(404, ProblemCodes.UnknownOrder);
        }

        if (method == HttpMethod.Get)
        {
            return Ok(order);
        }

        if (method == HttpMethod.Patch && order.Status == OrderStatus.Open)
        {
            var amend = JsonSerializer.Deserialize<AmendOrder>(body, MarketJson.Strict)!;
            Change(order.ClientOrderId, _ => order with
            {
                Price = amend.Price ?? order.Price,
                Discount = amend.Discount ?? order.Discount,
                Quantity = amend.Quantity ?? order.Quantity,
            });
            return Ok(new PlacedOrder { Order = _orders[order.ClientOrderId].Order, Fills = [] });
        }

        return order.Status == OrderStatus.Open ? Ok(Cancelled(order)) : Refusal(409, ProblemCodes.OrderClosed);
    }

    private HttpResponseMessage CancelAll(string body)
    {
        var which = JsonSerializer.Deserialize<CancelAllOrders>(body, MarketJson.Strict)!;
        if (Gone.Contains(which.Instrument!))
        {
            return Refusal(404, ProblemCodes.UnknownInstrument);
        }

        if (Stuck.Contains(which.Instrument!))
        {
            return Refusal(409, ProblemCodes.TradingPaused);
        }

        return Ok(new CancelledOrders
        {
            Orders = [.. Open.Where(order => which.Instrument is null || order.Instrument == which.Instrument).Select(Cancelled)],
        });
    }

    private Order Cancelled(Order order)
    {
        Change(order.ClientOrderId, known => known with
        {
            Status = OrderStatus.Cancelled,
            Remaining = default,
            CancelReason = CancelReason.Requested,
        });
        return _orders[order.ClientOrderId].Order;
    }

    private SwapDetail Swap(string id) => new()
    {
        Summary = new SwapSummary
        {
            Id = id,
            Instrument = "P2SHARE-BTC",
            TradeId = "1",
            State = SwapState.Matched,
            Label = "matched",
            Outcome = Moving.Contains(id) ? SwapOutcome.Moving : SwapOutcome.Settled,
            Price = new Price(1),
            Quantity = new Quantity(1),
            Notional = new Sats(1),
            CreatedAt = default,
            UpdatedAt = default,
            Actor = SwapActor.Both,
            StepsDone = 1,
            StepsTotal = 6,
            Sentence = "",
            Version = 1,
        },
        KeysGiven = [],
        ShareLeg = Leg(ChainName.Sharechain),
        CoinLeg = Leg(ChainName.Mainchain),
        Steps = [],
    };

    public static Instrument TheInstrument { get; } = new()
    {
        Id = "P2SHARE-BTC",
        Sharechain = "p2share-devnet",
        Base = "P2SHARE",
        Quote = "BTC",
        Network = "devnet",
        Status = InstrumentStatus.Open,
        Rules = new TradingRules
        {
            TickSize = new Price(10),
            LotSize = new Quantity(1),
            MinQuantity = new Quantity(1),
            MaxQuantity = new Quantity(1_000 * Quantity.UnitsPerShare),
            MinNotional = new Sats(1),
            MaxPrice = new Price(10_000_000),
            MaxOpenOrders = 100,
            MaxOutpoints = 10,
            MakerFee = 0,
            TakerFee = 0,
            OrderTypes = [OrderType.Limit],
            TimesInForce = [TimeInForce.Gtc],
        },
    };

    private Discount Figures() => new()
    {
        Instrument = "P2SHARE-BTC",
        Time = clock.GetUtcNow(),
        FaceValue = ModelPrice,
        PresentValue = ModelPrice,
        DTime = 1,
        Model = new DiscountParts { DParams = 1, Fee = 1, Orphan = 1, Latency = 1, Grinding = 1, Variance = 1 },
        ModelPrice = ModelPrice,
        FppsPrice = ModelPrice,
        Uncertainty = 0,
        Inputs = new DiscountInputs
        {
            Rate = 0,
            HorizonYears = 1,
            HorizonBlocks = 1,
            Reward = new Sats(1),
            RewardFees = new Sats(0),
            MainchainWork = 1,
            MainSpacing = 1,
            ShareWork = 1,
            SharesIssued = new Quantity(1),
            PoolHashrate = 1,
            PoolPart = 1,
            SharesOutstanding = new Quantity(1),
            SharesMature = new Quantity(1),
            SharesCounted = 1,
            ShareHeight = 1,
            MainHeight = 1,
            Orphans = 0,
            LockSeconds = 0,
            HolderPart = 0,
            RiskAversion = 0,
            Grinder = 0,
        },
    };

    private static SwapLeg Leg(ChainName chain) => new()
    {
        Chain = chain,
        Amount = new Sats(1),
        FundingConfirmations = new SwapConfirmations { Have = 0, Need = 1 },
    };

    private static HttpResponseMessage Ok<T>(T value) => Json(200, value);

    private static HttpResponseMessage Refusal(int status, string code) => Json(
        status, new Problem { Type = "/problems/" + code, Title = code, Status = status, Code = code });

    private static HttpResponseMessage Json<T>(int status, T value) => new((HttpStatusCode)status)
    {
        Content = new StringContent(JsonSerializer.Serialize(value, MarketJson.Options), Encoding.UTF8, "application/json"),
    };
}
