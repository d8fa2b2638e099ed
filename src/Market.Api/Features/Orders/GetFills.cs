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
public sealed record GetFills(string Key, string? Instrument, int Limit, string? Cursor) : IRequest<Result<Page<Fill>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetFillsValidator : AbstractValidator<GetFills>
{
    /// <summary>The rules.</summary>
    public GetFillsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
    }
}

/// <summary>Reads the fills.</summary>
public sealed class GetFillsHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetFills, Result<Page<Fill>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<Fill>>> Handle(GetFills request, CancellationToken cancellationToken)
    {
        if (request.Instrument is { } id && instruments.Find(id).Refusal is { } unknown) return unknown;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var read = await FillQueries.ReadAsync(
            db, request.Key, request.Instrument, Paging.Before(request.Cursor), request.Limit + 1, cancellationToken);
        var page = Paging.Of(read, request.Limit, one => DecimalStrings.Format(one.Number));
        return new Page<Fill> { Items = [.. page.Items.Select(one => one.Fill)], NextCursor = page.NextCursor };
    }
}

/// <summary>GET /api/v1/fills</summary>
public sealed class GetFillsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Fills, async (Caller caller, IMediator mediator, CancellationToken cancel,
                string? instrument = null, string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetFills(caller.Key, instrument, limit, cursor), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("getFills", "Orders", "Own fills, newest first",
            "Of all instruments or of one, each with its fee, maker flag and swap.")
        .Returns(OrderExamples.Fills).Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument).RequireAccount();
}
