using FluentValidation;
using Market.Api.Auth;
using Market.Api.Clients;
using Market.Api.Data;
using Market.Api.Hosting;
using Market.Api.Hosting.OpenApi;
using Market.Api.Journal;
using Market.Api.Results;
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
            await ReadAsync(db, request.Key, Paging.Before(request.Cursor), request.Limit + 1, cancellationToken),
            request.Limit, f => f.TradeId);
    }

    /// <summary>The newest fills before a trade, newest first.</summary>
    internal static async Task<IReadOnlyList<Fill>> ReadAsync(
        MarketDb db, string key, long before, int count, CancellationToken cancel)
    {
        var rows = await db.Trades.AsNoTracking()
            .Where(t => (t.MakerKey == key || t.TakerKey == key) && t.Id < before)
            .OrderByDescending(t => t.Id).Take(count).ToListAsync(cancel);
        var orders = rows.Select(t => t.MakerKey == key ? t.MakerOrder : t.TakerOrder).Distinct().ToArray();
        var names = await db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.Instrument == Instrument.P2ShareBtc && orders.Contains(o.Id))
            .ToDictionaryAsync(o => o.Id, o => o.ClientOrderId, cancel);
        return [.. rows.Select(t => OrderMapping.ToFill(
            t, t.MakerKey == key, names[t.MakerKey == key ? t.MakerOrder : t.TakerOrder]))];
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
