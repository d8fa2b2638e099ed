using Market.Standing;
using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Orders;

/// <summary>Places an order for a key.</summary>
public sealed record PlaceOrderRequest(string Key, PlaceOrder Body) : IRequest<Result<PlaceOrderAnswer>>;

/// <summary>The order, and whether this request was the one that placed it.</summary>
public sealed record PlaceOrderAnswer(PlacedOrder Placed, bool IsNew);

/// <summary>Shape of the request.</summary>
public sealed class PlaceOrderValidator : AbstractValidator<PlaceOrderRequest>, IQuickShape<PlaceOrderRequest>
{
    // A witness of two large multisignatures; it bounds how many signatures one proof makes the market check.
    private const int MostSignatureText = 2_000;
    private const int MostInstrumentText = 64;
    private const int TxIdDigits = 64;

    /// <summary>The rules.</summary>
    public PlaceOrderValidator()
    {
        RuleFor(r => r.Body.ClientOrderId).ClientOrderId();
        RuleFor(r => r.Body.Instrument).NotEmpty().MaximumLength(MostInstrumentText);
        RuleFor(r => r.Body.Side).IsInEnum();
        RuleFor(r => r.Body.Type).IsInEnum();
        RuleFor(r => r.Body.TimeInForce).IsInEnum();
        RuleFor(r => r.Body.SelfTradePrevention).IsInEnum();
        RuleFor(r => r.Body.Price)
            .Must((r, price) => price.HasValue == (r.Body.Type == Contracts.OrderType.Limit))
            .WithMessage("is for orders of type limit, and those have it");
        RuleFor(r => r.Body.Discount).DiscountFactor()
            .Must((r, part) => part is null || (r.Body.Type == Contracts.OrderType.Limit
                && r.Body.TimeInForce is Contracts.TimeInForce.Gtc or Contracts.TimeInForce.Gtd))
            .WithMessage("is for limit orders that stand: of timeInForce gtc or gtd");
        RuleFor(r => r.Body.Protection)
            .Must((r, price) => price.HasValue == (r.Body.Type == Contracts.OrderType.Market))
            .WithMessage("is for orders of type market, and those have it: the worst price");
        RuleFor(r => r.Body.TimeInForce)
            .Must((r, time) => r.Body.Type != Contracts.OrderType.Market || time != Contracts.TimeInForce.Gtd)
            .WithMessage("A market order never rests: it is immediate or cancel, or fill or kill");
        RuleFor(r => r.Body.PostOnly)
            .Must((r, postOnly) => !postOnly || (r.Body.Type == Contracts.OrderType.Limit
                && r.Body.TimeInForce is Contracts.TimeInForce.Gtc or Contracts.TimeInForce.Gtd))
            .WithMessage("An order that must not trade at once cannot be immediate or cancel, fill or kill, or a market order");
        RuleFor(r => r.Body.PostOnlyMode).IsInEnum().Must((r, mode) => mode is null || r.Body.PostOnly)
            .WithMessage("is for orders that are postOnly");
        RuleFor(r => r.Body.ExpiresAt)
            .Must((r, time) => time.HasValue == (r.Body.TimeInForce == Contracts.TimeInForce.Gtd))
            .WithMessage("is for orders of timeInForce gtd, and those have it")
            .Must(time => time is null || (time > DateTimeOffset.UnixEpoch && time.Value.Ticks % TimeSpan.TicksPerMillisecond == 0))
            .WithMessage("must be whole milliseconds");
        RuleFor(r => r.Body.Outpoints).NotNull()
            .Must(o => o.Count <= InstrumentListing.Rules.MaxOutpoints)
            .WithMessage($"must be at most {InstrumentListing.Rules.MaxOutpoints}")
            .Must(o => o.Select(p => p?.Outpoint).Distinct(StringComparer.Ordinal).Count() == o.Count)
            .WithMessage("must name each outpoint once")
            .Must(o => o.All(p => p?.Signature is null) || o.All(p => p?.Signature is not null))
            .WithMessage("must all be signed, or all be proved before");
        // One rule for all proofs: a rule for each would cost as much as checking a signature.
        RuleFor(r => r.Body.Outpoints).Custom((proofs, context) =>
        {
            for (var i = 0; i < (proofs?.Count ?? 0) && i < InstrumentListing.Rules.MaxOutpoints; i++)
            {
                foreach (var (member, message) in WrongWith(proofs![i]))
                    context.AddFailure($"Body.Outpoints[{i}]{member}", message);
            }
        });
    }

    /// <inheritdoc/>
    public bool IsPlain(PlaceOrderRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Body is
        {
            Type: Contracts.OrderType.Limit,
            Price: not null,
            Discount: null,
            Protection: null,
            PostOnly: false,
            PostOnlyMode: null,
            TimeInForce: Contracts.TimeInForce.Gtc or Contracts.TimeInForce.Ioc or Contracts.TimeInForce.Fok,
            ExpiresAt: null,
            Side: Contracts.Side.Buy or Contracts.Side.Sell,
            SelfTradePrevention: Contracts.SelfTradePrevention.CancelNewest or Contracts.SelfTradePrevention.CancelOldest
                or Contracts.SelfTradePrevention.Decrement,
            Instrument: { Length: > 0 and <= MostInstrumentText } instrument,
            ClientOrderId: var name,
            Outpoints: [{ Signature.Length: > 0 and <= MostSignatureText } proof],
        } && !string.IsNullOrWhiteSpace(instrument) && OrderShapes.IsClientOrderId(name) && IsOutpoint(proof.Outpoint);
    }

    // As OutPoint writes it: 64 digits in lower case, and a number in its one form.
    private static bool IsOutpoint(string? text) => text?.Length > TxIdDigits + 1 && text[TxIdDigits] == ':'
        && Shapes.IsHex(text.AsSpan(0, TxIdDigits), TxIdDigits / 2)
        && DecimalStrings.TryParse(text.AsSpan(TxIdDigits + 1), out var index) && index <= uint.MaxValue;

    private static IEnumerable<(string Member, string Message)> WrongWith(OutpointProof? proof)
    {
        if (proof is null)
        {
            yield return ("", "must not be null");
            yield break;
        }
        if (!Bitcoin.OutPoint.TryParse(proof.Outpoint, out var parsed) || parsed.ToString() != proof.Outpoint)
            yield return (".Outpoint", "must be txid:index");
        if (proof.Signature is not null and not { Length: > 0 and <= MostSignatureText })
            yield return (".Signature", $"must be 1 to {MostSignatureText} characters");
    }
}

/// <summary>Gives the order to the sequencer.</summary>
public sealed class PlaceOrderHandler(OrderPlacer placer) : IRequestHandler<PlaceOrderRequest, Result<PlaceOrderAnswer>>
{
    /// <inheritdoc/>
    public async Task<Result<PlaceOrderAnswer>> Handle(PlaceOrderRequest request, CancellationToken cancellationToken)
    {
        var (ready, answer) = await placer.CheckAsync(request, cancellationToken);
        if (ready is null) return answer;
        var result = await ready.Sequencer.PlaceAsync(ready.Command, ready.Draft, cancellationToken);
        return await placer.AnswerAsync(ready, result, cancellationToken);
    }
}

/// <summary>POST /api/v1/orders</summary>
public sealed class PlaceOrderEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.Orders, async (PlaceOrder body, Caller caller, IMediator mediator, CancellationToken cancel) =>
        {
            var result = await mediator.Send(new PlaceOrderRequest(caller.Key, body), cancel);
            return result.Refusal is { } refusal
                ? refusal.Http()
                : Result<PlacedOrder>.FromValue(result.Value.Placed)
                    .Http(result.Value.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
        })
        .Weighs(CallWeight.Middling).Through(GateKind.Orders)
        .Describe("placeOrder", "Orders", "Place an order",
            "The outpoints behind it are checked on their chain and promised to the order; nothing is deposited. Without outpoints "
            + "the order draws on any that the account has proved (proveOutpoints), as far as they are promised to no other; with "
            + "outpoints that have no signature it draws on these. Else the address of "
            + "each signs the order's text as a message (BIP322, simple form), and it is locked to the order whole: "
            + OrderText.Shape + ". The answer "
            + "comes when the order is on disk. The same client order id with the same body again is answered with the "
            + "first order (200). A fill-or-kill order that cannot trade whole is taken and cancelled, and says so. A market "
            + "order names protection, its worst price, in place of price, and never rests. One that names a discount beside its "
            + "price stands at that part of a share's face value, never worse than its price, and is priced again when face value "
            + "moves: at once where it is near the best price or about to trade, else within a minute. It never trades at a "
            + "price worse than this part of the face value that the market said last, while it said one within the last minute. "
            + "An account that let a swap fail "
            + "takes nothing, and a coin that did stands behind no order, until retryAt.")
        .Takes(OrderExamples.PlaceOrder).Returns(OrderExamples.PlacedOrder, StatusCodes.Status201Created)
        .Returns(OrderExamples.PlacedOrder)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.TradingPaused,
            ProblemCodes.BadPrice, ProblemCodes.BadQuantity, ProblemCodes.BadExpiry, ProblemCodes.NoFaceValue,
            ProblemCodes.DuplicateClientOrderId, ProblemCodes.WouldTrade,
            ProblemCodes.TooManyOrders, ProblemCodes.TierTooLow, ProblemCodes.BookFull,
            ProblemCodes.OutpointUnavailable, ProblemCodes.OutpointInUse,
            ProblemCodes.OutpointNotOwned, ProblemCodes.InsufficientOutpoints, ProblemCodes.OutpointOfOtherSeries,
            ProblemCodes.TooLargeForSeries, ProblemCodes.MustWait,
            ProblemCodes.ChainUnavailable)
        .RequireAccount();
}
