using FluentValidation;
using Market.Api.Analytics;
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

/// <summary>Asks what was said of two instruments over time, one over the other.</summary>
public sealed record GetComparedReadings(
    string Instrument, string With, string Every, DateTimeOffset? From, DateTimeOffset? To, int Limit, string? Cursor)
    : IRequest<Result<Page<ComparedReading>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetComparedReadingsValidator : AbstractValidator<GetComparedReadings>
{
    /// <summary>The rules.</summary>
    public GetComparedReadingsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
        RuleFor(r => r.Every).Must(ReadingSpans.Has).WithMessage(ReadingSpans.Names);
        RuleFor(r => r.To).Must((r, to) => to is null || r.From is null || r.From < to).WithMessage("must be after from");
        RuleFor(r => r.With).Must((r, with) => with != r.Instrument).WithMessage("must be another instrument");
    }
}

/// <summary>Reads both as they were stored.</summary>
public sealed class GetComparedReadingsHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database)
    : IRequestHandler<GetComparedReadings, Result<Page<ComparedReading>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<ComparedReading>>> Handle(GetComparedReadings request, CancellationToken cancellationToken)
    {
        if ((instruments.WhyUnknown(request.Instrument) ?? instruments.WhyUnknown(request.With)) is { } unknown) return unknown;
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var rows = await ReadingRow.ReadAsync(
            db, request.Instrument, ReadingSpans.Of(request.Every), request.From, request.To, Paging.Before(request.Cursor),
            request.Limit + 1, cancellationToken);
        var page = Paging.Of(rows, request.Limit, row => DecimalStrings.Format(row.Minute));
        var minutes = page.Items.Select(row => row.Minute).ToList();
        // The other's reading of the same minute, also where it is the first of a shorter interval there.
        var others = await db.Set<ReadingRow>().AsNoTracking()
            .Where(r => r.Instrument == request.With && minutes.Contains(r.Minute))
            .ToDictionaryAsync(r => r.Minute, cancellationToken);
        var isOneChain = SharechainOf(request.Instrument) == SharechainOf(request.With);
        return new Page<ComparedReading>
        {
            Items =
            [
                .. page.Items.Where(row => others.ContainsKey(row.Minute))
                    .Select(row => Of(row, others[row.Minute], isOneChain)),
            ],
            NextCursor = page.NextCursor,
        };
    }

    private static ComparedReading Of(ReadingRow row, ReadingRow other, bool isOneChain)
    {
        var reading = row.ToContract();
        return new ComparedReading
        {
            Time = reading.Time,
            Ratios = Comparing.Of(reading.Said, other.ToContract().Said, isOneChain),
        };
    }

    private ChainHost SharechainOf(string instrument) => instruments.FindGone(instrument) is { } gone
        ? gone.Chain
        : instruments.Find(instrument).Value.On;
}

/// <summary>GET /api/v1/instruments/{instrument}/readings/compared</summary>
public sealed class GetComparedReadingsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.ComparedReadings, async (
                string instrument, IMediator mediator, HttpContext context, CancellationToken cancel, string with = "",
                string every = ReadingSpans.Usual, DateTimeOffset? from = null, DateTimeOffset? to = null, string? cursor = null,
                int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetComparedReadings(instrument, with, every, from, to, limit, cursor), cancel))
            .HttpOrCsv(context, ReadingTable.Of))
        .Weighs(CallWeight.Heavy, new ListWeight(
            ServerLimits.DefaultPageSize, ServerLimits.DefaultPageSize, ServerLimits.MaxPageSize))
        .Describe("getComparedReadings", "Analytics", "Two instruments over time, one over the other, newest first",
            "Ratios of the prices for each hash behind a share, of the hashrates and of d, from what was said of both within the "
            + "same minute. Minutes in which only one was spoken of are left out, so a page may be shorter than its limit. Where "
            + "the two sharechains differ by one rule the ratio of prices is what the market pays for it.")
        .Returns(AnalyticsExamples.Compared).ReturnsCsv(ReadingTable.Of(AnalyticsExamples.Compared)).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument);
}
