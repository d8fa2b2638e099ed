using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Analytics;

/// <summary>Asks what was said of a share's worth over time.</summary>
public sealed record GetReadings(
    string Instrument, string Every, DateTimeOffset? From, DateTimeOffset? To, int Limit, string? Cursor)
    : IRequest<Result<Page<WorthReading>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetReadingsValidator : AbstractValidator<GetReadings>
{
    /// <summary>The rules.</summary>
    public GetReadingsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
        RuleFor(r => r.Every).Must(ReadingSpans.Has).WithMessage(ReadingSpans.Names);
        RuleFor(r => r.To).Must((r, to) => to is null || r.From is null || r.From < to).WithMessage("must be after from");
    }
}

/// <summary>Reads it as it was stored.</summary>
public sealed class GetReadingsHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetReadings, Result<Page<WorthReading>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<WorthReading>>> Handle(GetReadings request, CancellationToken cancellationToken)
    {
        if (instruments.WhyUnknown(request.Instrument) is { } unknown) return unknown;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var rows = await ReadingRow.ReadAsync(
            db, request.Instrument, ReadingSpans.Of(request.Every), request.From, request.To, Paging.Before(request.Cursor),
            request.Limit + 1, cancellationToken);
        var page = Paging.Of(rows, request.Limit, row => DecimalStrings.Format(row.Minute));
        return new Page<WorthReading> { Items = [.. page.Items.Select(row => row.ToContract())], NextCursor = page.NextCursor };
    }
}

/// <summary>GET /api/v1/instruments/{instrument}/readings</summary>
public sealed class GetReadingsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Readings, async (string instrument, IMediator mediator, HttpContext context, CancellationToken cancel,
                string every = ReadingSpans.Usual, DateTimeOffset? from = null, DateTimeOffset? to = null, string? cursor = null,
                int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetReadings(instrument, every, from, to, limit, cursor), cancel))
            .HttpOrCsv(context, ReadingTable.Of))
        .Weighs(CallWeight.Middling, new ListWeight(
            ServerLimits.DefaultPageSize, ServerLimits.DefaultPageSize, ServerLimits.MaxPageSize))
        .Describe("getReadings", "Analytics", "What was said of a share's worth over time, newest first",
            "d, its factors and every part of them, reservation prices, the full-pay-per-share line, implied yield and hashrate, "
            + "with their errors and inputs, and what book and holders showed: all as it was said then, never computed again. One "
            + "is kept for each minute in which something was said, its first; every names the interval of which the first is "
            + $"told: {ReadingSpans.Words}. After eight days only the first of each hour is kept.")
        .Returns(AnalyticsExamples.Readings).ReturnsCsv(ReadingTable.Of(AnalyticsExamples.Readings)).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}
