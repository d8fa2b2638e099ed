using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.MarketData;

/// <summary>Asks for trades.</summary>
public sealed record GetTrades(string Instrument, int Limit, string? Cursor) : IRequest<Result<Page<Trade>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetTradesValidator : AbstractValidator<GetTrades>
{
    /// <summary>The rules.</summary>
    public GetTradesValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
    }
}

/// <summary>Reads trades: the newest from memory, older ones from the table.</summary>
public sealed class GetTradesHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetTrades, Result<Page<Trade>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<Trade>>> Handle(GetTrades request, CancellationToken cancellationToken)
    {
        var found = instruments.Find(request.Instrument);
        if (found.Refusal is { } unknown) return unknown;
        return Paging.Of(await ReadAsync(found.Value.Feed, request, cancellationToken), request.Limit, t => t.Id);
    }

    private async Task<IReadOnlyList<Trade>> ReadAsync(MarketFeed feed, GetTrades request, CancellationToken cancel)
    {
        if (request.Cursor is null)
        {
            var newest = feed.Trades.Items(request.Limit + 1);
            if (newest.Count > request.Limit || newest.Count < MarketFeed.KeptTrades) return newest;
        }
        await using var db = await database.CreateDbContextAsync(cancel);
        var before = Paging.Before(request.Cursor);
        var rows = await db.Trades.AsNoTracking().Include(t => t.Valuation)
            .Where(t => t.Instrument == request.Instrument && t.Id < before)
            .OrderByDescending(t => t.Id).Take(request.Limit + 1).ToListAsync(cancel);
        return [.. rows.Select(r => r.ToContract())];
    }
}

/// <summary>GET /api/v1/instruments/{instrument}/trades</summary>
public sealed class GetTradesEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Trades, async (string instrument, IMediator mediator, CancellationToken cancel,
                string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetTrades(instrument, limit, cursor), cancel)).HttpWithETag())
        .Weighs(CallWeight.Middling)
        .Describe("getTrades", "Market data", "Trades, newest first",
            "Each names the swap that settles it and its status: pending until both legs are locked, final from then on, " +
            "withdrawn where the swap failed. Only final ones count in prices, candles and volumes. Each tells what was said of " +
            "a share's worth when it was made: d and the price over the full-pay-per-share worth are of that moment and never " +
            "rewritten.")
        .Returns(Examples.Trades).Tagged().Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}
