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
public sealed record GetTrades(string Instrument, int Limit, string? Cursor) : IRequest<Result<Page<Trade>>>
{
    /// <summary>Only those made then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only those made before.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Shape of the request.</summary>
public sealed class GetTradesValidator : AbstractValidator<GetTrades>
{
    /// <summary>The rules.</summary>
    public GetTradesValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).TwoWayCursor();
        RuleFor(r => r.To).Must((r, to) => r.From is null || to is null || r.From < to).WithMessage("must be after from");
    }
}

/// <summary>Reads trades: the newest from memory, older ones from the table.</summary>
public sealed class GetTradesHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetTrades, Result<Page<Trade>>>
{
    // Trades are numbered as they are made, and a clock may be set back meanwhile: by no more than so many of them.
    private const long ClockSlack = 10_000;

    /// <inheritdoc/>
    public async Task<Result<Page<Trade>>> Handle(GetTrades request, CancellationToken cancellationToken)
    {
        if (instruments.WhyUnknown(request.Instrument) is { } unknown) return unknown;
        var feed = instruments.Find(request.Instrument) is { IsOk: true } found ? found.Value.Feed : null;
        return PageCursor.Of(request.Cursor).PageOf(
            await ReadAsync(feed, request, cancellationToken), request.Limit,
            t => DecimalStrings.TryParse(t.Id, out var number) ? number : 0);
    }

    // Of a series that is gone all is in the table.
    private async Task<IReadOnlyList<Trade>> ReadAsync(MarketFeed? feed, GetTrades request, CancellationToken cancel)
    {
        if (request is { Cursor: null, From: null, To: null } && feed is not null)
        {
            var newest = feed.Trades.Items(request.Limit + 1);
            if (newest.Count > request.Limit || newest.Count < MarketFeed.KeptTrades) return newest;
        }
        await using var db = await database.CreateDbContextAsync(cancel);
        var cursor = PageCursor.Of(request.Cursor);
        var trades = db.Trades.AsNoTracking().Include(t => t.Valuation).Where(t => t.Instrument == request.Instrument);
        // Times are looked up in their index first: else all trades that are newer or older might be read to find them.
        if (request.From?.ToUniversalTime() is { } earliest)
        {
            var first = await trades.Where(t => t.Time >= earliest).OrderBy(t => t.Time).Select(t => (long?)t.Id)
                .FirstOrDefaultAsync(cancel);
            if (first is not { } from) return [];
            trades = trades.Where(t => t.Id >= from - ClockSlack && t.Time >= earliest);
        }
        if (request.To?.ToUniversalTime() is { } end)
        {
            var last = await trades.Where(t => t.Time < end).OrderByDescending(t => t.Time).Select(t => (long?)t.Id)
                .FirstOrDefaultAsync(cancel);
            if (last is not { } to) return [];
            trades = trades.Where(t => t.Id <= to + ClockSlack && t.Time < end);
        }
        // One sequencer alone numbers the trades of an instrument: they are on disk in that order.
        trades = cursor.IsForward
            ? trades.Where(t => t.Id > cursor.Number).OrderBy(t => t.Id)
            : trades.Where(t => t.Id < cursor.Number).OrderByDescending(t => t.Id);
        var rows = await trades.Take(request.Limit + 1).ToListAsync(cancel);
        return [.. rows.Select(r => r.ToContract())];
    }
}

/// <summary>GET /api/v1/instruments/{instrument}/trades</summary>
public sealed class GetTradesEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Trades, async (string instrument, HttpContext context, IMediator mediator, CancellationToken cancel,
            DateTimeOffset? from = null, DateTimeOffset? to = null, string? cursor = null,
            int limit = ServerLimits.DefaultPageSize) =>
        {
            var request = new GetTrades(instrument, limit, cursor) { From = from, To = to };
            return (await mediator.Send(request, cancel)).HttpOrCsv(context, TableOf);
        })
        .Weighs(CallWeight.Middling)
        .Describe("getTrades", "Market data", "Trades, newest first",
            "Each names the swap that settles it and its status: pending until both legs are locked, final from then on, " +
            "withdrawn where the swap failed. Only final ones count in prices, candles and volumes. Each tells what was said of " +
            "a share's worth when it was made: d and the price over the full-pay-per-share worth are of that moment and never " +
            "rewritten. Those made in [from, to); previousCursor goes on with what came since.")
        .Returns(Examples.Trades).ReturnsCsv(TableOf(Examples.Trades)).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);

    private static Csv TableOf(Page<Trade> page)
    {
        var table = new Csv(
            "id", "instrument", "time", "takerSide", "price", "quantity", "notional", "status", "statusAt", "swapId")
        {
            NextCursor = page.NextCursor,
            PreviousCursor = page.PreviousCursor,
        };
        foreach (var trade in page.Items)
        {
            table.Row(
                trade.Id, trade.Instrument, trade.Time, trade.TakerSide, trade.Price, trade.Quantity, trade.Notional, trade.Status,
                trade.StatusAt, trade.SwapId);
        }
        return table;
    }
}
