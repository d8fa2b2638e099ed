using System.Security.Cryptography;
using System.Text;
using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using Market.Trading;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Engine = Market.Trading;

namespace Market.Api.Features.Orders;

/// <summary>Places an order for a key.</summary>
public sealed record PlaceOrderRequest(string Key, PlaceOrder Body) : IRequest<Result<PlaceOrderAnswer>>;

/// <summary>The order, and whether this request was the one that placed it.</summary>
public sealed record PlaceOrderAnswer(PlacedOrder Placed, bool IsNew);

/// <summary>Shape of the request.</summary>
public sealed class PlaceOrderValidator : AbstractValidator<PlaceOrderRequest>
{
    // A witness of two large multisignatures; it bounds how many signatures one proof makes the market check.
    private const int MostSignatureText = 2_000;

    /// <summary>The rules.</summary>
    public PlaceOrderValidator()
    {
        RuleFor(r => r.Body.ClientOrderId).ClientOrderId();
        RuleFor(r => r.Body.Instrument).NotEmpty().MaximumLength(64);
        RuleFor(r => r.Body.Side).IsInEnum();
        RuleFor(r => r.Body.Type).IsInEnum();
        RuleFor(r => r.Body.TimeInForce).IsInEnum();
        RuleFor(r => r.Body.SelfTradePrevention).IsInEnum();
        RuleFor(r => r.Body.PostOnly).Must((r, postOnly) => !postOnly || r.Body.TimeInForce == Contracts.TimeInForce.Gtc)
            .WithMessage("An order that must not trade at once cannot be immediate or cancel");
        RuleFor(r => r.Body.Outpoints).NotEmpty()
            .Must(o => o.Count <= InstrumentListing.Rules.MaxOutpoints)
            .WithMessage($"must be at most {InstrumentListing.Rules.MaxOutpoints}")
            .Must(o => o.Select(p => p?.Outpoint).Distinct(StringComparer.Ordinal).Count() == o.Count)
            .WithMessage("must name each outpoint once");
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

    private static IEnumerable<(string Member, string Message)> WrongWith(OutpointProof? proof)
    {
        if (proof is null)
        {
            yield return ("", "must not be null");
            yield break;
        }
        if (!Bitcoin.OutPoint.TryParse(proof.Outpoint, out var parsed) || parsed.ToString() != proof.Outpoint)
            yield return (".Outpoint", "must be txid:index");
        if (proof.Signature is not { Length: > 0 and <= MostSignatureText })
            yield return (".Signature", $"must be 1 to {MostSignatureText} characters");
    }
}

/// <summary>Checks the order and its coins, and gives it to the sequencer.</summary>
public sealed class PlaceOrderHandler(
    InstrumentSet instruments, AccountDirectory accounts, IDbContextFactory<MarketDb> database)
    : IRequestHandler<PlaceOrderRequest, Result<PlaceOrderAnswer>>
{
    /// <inheritdoc/>
    public async Task<Result<PlaceOrderAnswer>> Handle(PlaceOrderRequest request, CancellationToken cancellationToken)
    {
        var order = request.Body;
        var found = instruments.Find(order.Instrument);
        if (found.Refusal is { } unknown) return unknown;
        var host = found.Value;
        var text = Encoding.UTF8.GetBytes(OrderText.Of(host.Market.Network, request.Key, order));
        var body = SHA256.HashData(text)[..16];
        // While the engine knows every name, it is the one to say whether this is a repetition.
        if (!host.Sequencer.KnowsAllClientIds && await FindFirstAsync(request, body, cancellationToken) is { } first) return first;
        var refusal = BookRules.Definition.Rules.Judge(order.Price.Sats, order.Quantity.Units);
        if (refusal != Reason.None) return OrderMapping.ToRefusal(refusal);
        var side = OrderMapping.Of(order.Side);
        var coins = await host.Backing.RunAsync(order, side, text, cancellationToken);
        if (coins.Refusal is { } missing)
        {
            // The first order's own swap may have spent the coins by now: a repetition is answered all the same.
            return await FindFirstAsync(request, body, cancellationToken) is { } known ? known : missing;
        }
        var account = await accounts.GetAsync(request.Key, cancellationToken);
        return await PlaceAsync(host.Sequencer, request, account, body, coins.Value, cancellationToken);
    }

    private async Task<Result<PlaceOrderAnswer>> PlaceAsync(Sequencer sequencer, PlaceOrderRequest request,
        AccountId account, byte[] body, IReadOnlyList<Backing> coins, CancellationToken cancel)
    {
        var order = request.Body;
        if (!ClientOrderId.TryParse(order.ClientOrderId, out var name))
            return Refusal.Invalid("clientOrderId", "must be 1 to 32 of A-Z a-z 0-9 _ -");
        var command = Command.Limit(account, OrderMapping.Of(order.Side), order.Price.Sats, order.Quantity.Units,
            (Engine.TimeInForce)order.TimeInForce, order.PostOnly ? OrderFlags.PostOnly : OrderFlags.None, name,
            BitConverter.ToUInt128(body), (Engine.SelfTradePrevention)order.SelfTradePrevention);
        var result = await sequencer.PlaceAsync(
            command, new OrderDraft(request.Key, order.ClientOrderId, body, coins), cancel);
        if (result.Refusal is { } refusal)
        {
            return refusal.Code == ProblemCodes.TradingPaused && sequencer.Reason is { } why
                ? refusal with { Detail = $"{why} Only cancels are taken now." }
                : refusal;
        }
        if (!result.Value.First.Exists)
            return new PlaceOrderAnswer(new PlacedOrder { Order = result.Value.Orders[0], Fills = result.Value.Fills }, true);
        return await FindFirstAsync(request, body, cancel)
            ?? throw new InvalidOperationException($"The journal has order {result.Value.First}, the table has not.");
    }

    /// <summary>The order already placed under this name: itself if the body is the same, else the refusal.</summary>
    private async Task<Result<PlaceOrderAnswer>?> FindFirstAsync(
        PlaceOrderRequest request, byte[] body, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var row = await OrderQueries.FindAsync(
            db, null, request.Key, OrderQueries.ClientPrefix + request.Body.ClientOrderId, cancel);
        if (row is null) return null;
        if (!row.Body.AsSpan().SequenceEqual(body)) return OrderMapping.ToRefusal(Reason.ClientIdReused);
        var order = (await OrderQueries.ToContractsAsync(db, [row], cancel))[0];
        var trades = await db.Trades.AsNoTracking()
            .Where(t => t.Instrument == row.Instrument && t.TakerOrder == row.Id).OrderBy(t => t.Id).ToListAsync(cancel);
        return new PlaceOrderAnswer(new PlacedOrder
        {
            Order = order,
            Fills = [.. trades.Select(t => OrderMapping.ToFill(t, maker: false, row.ClientOrderId))],
        }, false);
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
        .Weighs(CallWeight.Middling)
        .Describe("placeOrder", "Orders", "Place an order",
            "The outpoints behind it are checked on their chain and locked to the order; nothing is deposited. The address of "
            + "each signs the order's text as a message (BIP322, simple form): " + OrderText.Shape + ". The answer "
            + "comes when the order is on disk. The same client order id with the same body again is answered with the "
            + "first order (200). An account that let a swap fail takes nothing, and a coin that did stands behind no order, "
            + "until retryAt.")
        .Takes(OrderExamples.PlaceOrder).Returns(OrderExamples.PlacedOrder, StatusCodes.Status201Created)
        .Returns(OrderExamples.PlacedOrder)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.TradingPaused,
            ProblemCodes.BadPrice, ProblemCodes.BadQuantity, ProblemCodes.DuplicateClientOrderId, ProblemCodes.WouldTrade,
            ProblemCodes.TooManyOrders, ProblemCodes.BookFull, ProblemCodes.OutpointUnavailable, ProblemCodes.OutpointInUse,
            ProblemCodes.OutpointNotOwned, ProblemCodes.InsufficientOutpoints, ProblemCodes.MustWait,
            ProblemCodes.ChainUnavailable)
        .RequireAccount();
}
