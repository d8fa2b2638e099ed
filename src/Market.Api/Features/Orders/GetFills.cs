using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Orders;

/// <summary>Asks for the fills of a key.</summary>
public sealed record GetFills(string Key, string? Instrument, int Limit, string? Cursor) : IRequest<Result<Page<Fill>>>
{
    /// <summary>Only those whose trade has this status.</summary>
    public string? Status { get; init; }

    /// <summary>Only that of this trade.</summary>
    public string? Id { get; init; }

    /// <summary>Only those of this order.</summary>
    public string? Order { get; init; }

    /// <summary>Only those made then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only those made before.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Shape of the request.</summary>
public sealed class GetFillsValidator : AbstractValidator<GetFills>
{
    /// <summary>The rules.</summary>
    public GetFillsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).TwoWayCursor();
        RuleFor(r => r.Status).Must(s => s is null || WireEnum.TryParse<TradeStatus>(s, out _))
            .WithMessage($"must be one of {WireEnum.Names<TradeStatus>()}");
        RuleFor(r => r.Id).Must(id => id is null || DecimalStrings.TryParse(id, out _)).WithMessage("must be a number");
        RuleFor(r => r.Order!).OrderId().When(r => r.Order is not null);
        RuleFor(r => r.To).Must((r, to) => r.From is null || to is null || r.From < to).WithMessage("must be after from");
    }
}

/// <summary>Reads the fills.</summary>
public sealed class GetFillsHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetFills, Result<Page<Fill>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<Fill>>> Handle(GetFills request, CancellationToken cancellationToken)
    {
        if (request.Instrument is { } id && instruments.WhyUnknown(id) is { } unknown) return unknown;
        var filter = new FillFilter(
            request.Instrument, WireEnum.TryParse<TradeStatus>(request.Status, out var status) ? status : null,
            DecimalStrings.TryParse(request.Id, out var number) ? number : null, request.Order, request.From?.ToUniversalTime(),
            request.To?.ToUniversalTime());
        var cursor = PageCursor.Of(request.Cursor);
        if (ForwardReads.WhyNot(instruments, request.Instrument, request.Status, cursor) is { } several) return several;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var read = await FillQueries.ReadAsync(db, request.Key, filter, cursor, request.Limit + 1, cancellationToken);
        var page = cursor.PageOf(read, request.Limit, one => one.Number);
        return new Page<Fill>
        {
            Items = [.. page.Items.Select(one => one.Fill)],
            NextCursor = page.NextCursor,
            PreviousCursor = ForwardReads.AreThere(instruments, request.Instrument, request.Status) ? page.PreviousCursor : null,
        };
    }
}

/// <summary>GET /api/v1/fills</summary>
public sealed class GetFillsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Fills, async (Caller caller, HttpContext context, IMediator mediator, CancellationToken cancel,
            string? instrument = null, string? status = null, string? id = null, string? order = null,
            DateTimeOffset? from = null, DateTimeOffset? to = null, string? cursor = null,
            int limit = ServerLimits.DefaultPageSize) =>
        {
            var request = new GetFills(caller.Key, instrument, limit, cursor)
            {
                Status = status,
                Id = id,
                Order = order,
                From = from,
                To = to,
            };
            return (await mediator.Send(request, cancel)).HttpOrCsv(context, OrderTables.Of);
        })
        .Weighs(CallWeight.Middling)
        .Describe("getFills", "Orders", "Own fills, newest first",
            "Of all instruments or of one, of one order, or made in [from, to), each with its fee, maker flag, swap and where that "
            + "stands. " + ForwardReads.Words)
        .Returns(OrderExamples.Fills).ReturnsCsv(OrderTables.Of(OrderExamples.Fills)).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument).RequireAccount();
}
