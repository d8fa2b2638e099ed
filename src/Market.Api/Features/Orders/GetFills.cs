using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Orders;

/// <summary>Asks for the fills of a key.</summary>
public sealed record GetFills(string Key, int Limit, string? Cursor) : IRequest<Result<Page<Fill>>>;

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
public sealed class GetFillsHandler(IDbContextFactory<MarketDb> database) : IRequestHandler<GetFills, Result<Page<Fill>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<Fill>>> Handle(GetFills request, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        return Paging.Of(
            await FillQueries.ReadAsync(db, request.Key, Paging.Before(request.Cursor), request.Limit + 1, cancellationToken),
            request.Limit, f => f.TradeId);
    }
}

/// <summary>GET /api/v1/fills</summary>
public sealed class GetFillsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Fills, async (Caller caller, IMediator mediator, CancellationToken cancel,
                string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetFills(caller.Key, limit, cursor), cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("getFills", "Orders", "Own fills, newest first", "Each with its fee, maker flag and swap.")
        .Returns(OrderExamples.Fills).Refuses(ProblemCodes.ValidationFailed).RequireAccount();
}
