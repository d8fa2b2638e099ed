using System.Net;
using System.Text;
using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Chains;
using Market.Contracts;
using Market.Swaps;

namespace Market.Client.Tests.Agent;

/// <summary>
/// What the market is to two agents: it names the swap, passes their keys on, and states the terms that follow. It
/// speaks the wire, so the agents' own client reads it; it can be told to lie.
/// </summary>
internal sealed class MessageExchange(Func<SwapTips> tips, IChain share, IChain coin, string instrument) : HttpMessageHandler
{
    public const string Network = "devnet";

    private readonly Dictionary<string, Deal> _deals = [];

    /// <summary>Everything that was sent to the market and back.</summary>
    public List<string> Traffic { get; } = [];

    /// <summary>Changes what is stated to an account.</summary>
    public Func<string, SwapTerms, SwapTerms> Lie { get; set; } = (_, terms) => terms;

    /// <summary>Changes the summary that is stated.</summary>
    public Func<SwapSummary, SwapSummary> LieInSummary { get; set; } = summary => summary;

    /// <summary>Changes the payment hash that the initiator gave, in everything that is stated.</summary>
    public Func<string, string> LieInHash { get; set; } = hash => hash;

    /// <summary>The instrument that is stated to an account.</summary>
    public Func<string, string> InstrumentOf { get; set; } = _ => instrument;

    public bool Hangs { get; set; }

    public Func<HttpRequestMessage, Task<string?>>? Raw { get; set; }

    /// <summary>Answers nothing any more.</summary>
    public bool Gone { get; set; }

    public bool HasKeysOf(string id, Role role) => _deals[id].Swap.KeysOf(role) is not null;

    public void Match(string id, Price price, Quantity quantity, Fills seller, Fills buyer)
    {
        var sats = Sats.Notional(price, quantity);
        var plan = SwapPlan.Of(TradedInstrument.RulesOf(Network, share));
        var swap = Swap.Open(id, new Amount(quantity.Units), new Amount(sats.Value), tips().Latest, plan);
        _deals[id] = new Deal(swap, price, quantity, sats, seller, buyer);
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        if (Gone)
        {
            throw new HttpRequestException("the market is gone");
        }

        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (Raw is { } raw && await raw(request) is { } given)
        {
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(given, Encoding.UTF8, "application/json"),
            };
        }

        var account = request.Headers.GetValues(SignedRequest.KeyHeader).Single();
        var path = request.RequestUri!.AbsolutePath;
        object answer = path switch
        {
            Routes.Swaps => PageOf(account, deal => LieInSummary(Summary(deal, account))),
            Routes.Fills => PageOf(account, deal => FillOf(deal, account)),
            _ when path.EndsWith("/keys", StringComparison.Ordinal) => Give(account, path.Split('/')[^2], body),
            _ => Detail(_deals[path.Split('/')[^1]], account),
        };
        var text = JsonSerializer.Serialize(answer, MarketJson.Options);
        lock (Traffic)
        {
            Traffic.Add($"{request.Method} {request.RequestUri} {body} -> {text}");
        }

        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(text, Encoding.UTF8, "application/json"),
        };
    }

    private Page<T> PageOf<T>(string account, Func<Deal, T> item) => new()
    {
        Items = [.. _deals.Values.Where(deal => deal.Seller.Account == account || deal.Buyer.Account == account)
            .Select(item)],
    };

    private SwapDetail Give(string account, string id, string body)
    {
        var deal = _deals[id];
        var given = JsonSerializer.Deserialize<GiveSwapKeys>(body, MarketJson.Strict)!;
        var keys = new PartyKeys(
            PublicKey.Parse(given.ClaimKey),
            PublicKey.Parse(given.RefundKey),
            given.PaymentHash is { } stated && PaymentHash.TryParse(LieInHash(stated), out var hash) ? hash : null,
            given.PayoutScript is { } script ? Script.FromHex(script) : null);
        var role = deal.Seller.Account == account ? Role.Initiator : Role.Participant;
        var decision = SwapMachine.Decide(deal.Swap, new SwapEvent.KeysGiven(role, keys), tips());
        Assert.Null(decision.Refusal);
        deal.Swap = decision.Swap;
        return Detail(deal, account);
    }

    private SwapDetail Detail(Deal deal, string account) => new()
    {
        Summary = LieInSummary(Summary(deal, account)),
        Role = deal.Seller.Account == account ? SwapRole.Seller : SwapRole.Buyer,
        KeysGiven = [],
        Terms = deal.Swap.Terms is { } terms ? Lie(account, TermsOf(deal, terms, account)) : null,
        ShareLeg = Leg(ChainName.Sharechain, deal.Quantity.Units),
        CoinLeg = Leg(ChainName.Mainchain, deal.Sats.Value),
        Steps = [],
    };

    private static SwapLeg Leg(ChainName chain, long amount) => new()
    {
        Chain = chain,
        Amount = new Sats(amount),
        FundingConfirmations = new SwapConfirmations { Have = 0, Need = 0 },
    };

    private SwapSummary Summary(Deal deal, string account) => new()
    {
        Id = deal.Swap.Id,
        Instrument = InstrumentOf(account),
        TradeId = "1",
        State = Enum.Parse<SwapState>(deal.Swap.Phase.ToString()),
        Label = SwapWords.Label(deal.Swap, default),
        Outcome = SwapOutcome.Moving,
        Price = deal.Price,
        Quantity = deal.Quantity,
        Notional = deal.Sats,
        CreatedAt = DateTimeOffset.FromUnixTimeSeconds(deal.Swap.MatchedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeSeconds(deal.Swap.MatchedAt),
        Actor = SwapActor.Both,
        StepsDone = 1,
        StepsTotal = 6,
        Sentence = "",
        Version = deal.Swap.Version,
    };

    private Fill FillOf(Deal deal, string account)
    {
        var side = deal.Seller.Account == account ? Side.Sell : Side.Buy;
        return new Fill
        {
            TradeId = "1",
            OrderId = "1",
            ClientOrderId = side == Side.Sell ? deal.Seller.ClientOrderId : deal.Buyer.ClientOrderId,
            Instrument = InstrumentOf(account),
            Side = side,
            Price = deal.Price,
            Quantity = deal.Quantity,
            Notional = deal.Sats,
            Fee = new Sats(0),
            Maker = false,
            SwapId = deal.Swap.Id,
            Time = DateTimeOffset.UnixEpoch,
            Status = TradeStatus.Pending,
        };
    }

    private SwapTerms TermsOf(Deal deal, AgreedTerms terms, string account)
    {
        var deadlines = deal.Swap.Deadlines!.Value;
        return new SwapTerms
        {
            SwapId = deal.Swap.Id,
            Instrument = InstrumentOf(account),
            Network = Network,
            Price = deal.Price,
            Quantity = deal.Quantity,
            Notional = deal.Sats,
            PaymentHash = terms.Hash.ToString(),
            ShareLeg = LegTerms(deal, terms, Role.Initiator, ChainName.Sharechain, share),
            CoinLeg = LegTerms(deal, terms, Role.Participant, ChainName.Mainchain, coin),
            PayoutScript = Hex.Encode(terms.Initiator.PayoutScript!.Value.Span),
            Deadlines = new SwapDeadlines
            {
                InitiatorLockBy = deadlines.InitiatorLockBy,
                ParticipantLockBy = deadlines.ParticipantLockBy,
                RevealBy = deadlines.RevealBy,
            },
        };
    }

    private static SwapLegTerms LegTerms(Deal deal, AgreedTerms terms, Role leg, ChainName name, IChain chain)
    {
        var htlc = terms.ContractOf(leg);
        return new SwapLegTerms
        {
            Chain = name,
            Amount = new Sats(deal.Swap.AmountOf(leg).Sats),
            ClaimKey = htlc.ClaimKey.ToString(),
            RefundKey = htlc.RefundKey.ToString(),
            Locktime = htlc.Locktime.UnixSeconds,
            WitnessScript = htlc.WitnessScript.ToString(),
            ScriptPubKey = htlc.ScriptPubKey.ToString(),
            Address = htlc.AddressOn(chain.Network).ToString(),
            RequiredConfirmations = deal.Swap.Plan.ConfirmationsOf(leg),
            BuriedConfirmations = deal.Swap.Plan.BuriedOf(leg),
        };
    }

    /// <summary>Whose order was filled.</summary>
    public sealed record Fills(string Account, string ClientOrderId);

    private sealed class Deal(
        Swap swap, Price price, Quantity quantity, Sats sats, Fills seller, Fills buyer)
    {
        public Swap Swap { get; set; } = swap;

        public Price Price { get; } = price;

        public Quantity Quantity { get; } = quantity;

        public Sats Sats { get; } = sats;

        public Fills Seller { get; } = seller;

        public Fills Buyer { get; } = buyer;
    }
}
