using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Swaps;

/// <summary>Asks for swaps.</summary>
public sealed record GetSwaps(string? Instrument, string? Outcome, string? Account, int Limit, string? Cursor)
    : IRequest<Result<Page<SwapSummary>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetSwapsValidator : AbstractValidator<GetSwaps>
{
    /// <summary>The rules.</summary>
    public GetSwapsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
        RuleFor(r => r.Account).Must(key => key is null || Shapes.IsHex(key, 32)).WithMessage("must be 64 lower case hex digits");
        RuleFor(r => r.Outcome).Must(o => o is null || WireEnum.TryParse<SwapOutcome>(o, out _))
            .WithMessage($"must be one of {WireEnum.Names<SwapOutcome>()}");
    }
}

/// <summary>Reads swaps.</summary>
public sealed class GetSwapsHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database, SwapBoard board)
    : IRequestHandler<GetSwaps, Result<Page<SwapSummary>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<SwapSummary>>> Handle(GetSwaps request, CancellationToken cancellationToken)
    {
        var among = instruments.Ids;
        if (request.Instrument is { } id)
        {
            if (instruments.WhyUnknown(id) is { } unknown) return unknown;
            among = [id];
        }
        var gone = request.Instrument is null ? instruments.SeriesPatterns : [];
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var before = Paging.Before(request.Cursor);
        var query = db.Set<SwapRow>().AsNoTracking().Where(s => s.Number < before);
        query = gone.Length == 0
            ? query.Where(s => among.Contains(s.Instrument))
            : query.Where(s => among.Contains(s.Instrument) || gone.Any(p => EF.Functions.Like(s.Instrument, p)));
        if (WireEnum.TryParse<SwapOutcome>(request.Outcome, out var outcome)) query = query.Where(s => s.Outcome == outcome);
        if (request.Account is { } key) query = query.Where(s => s.SellerKey == key || s.BuyerKey == key);
        var rows = await query.OrderByDescending(s => s.Number).Take(request.Limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Of(rows, request.Limit, r => DecimalStrings.Format(r.Number));
        return new Page<SwapSummary>
        {
            Items = [.. page.Items.Select(board.Summarize)],
            NextCursor = page.NextCursor,
        };
    }
}

/// <summary>GET /api/v1/swaps</summary>
public sealed class GetSwapsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Swaps, async (HttpContext context, IMediator mediator, CancellationToken cancel, Caller? caller,
            string? instrument = null, string? outcome = null, bool mine = false, string? account = null, string? cursor = null,
            int limit = ServerLimits.DefaultPageSize) =>
        {
            if (mine && caller is null)
                return new Refusal(ProblemCodes.AuthenticationRequired, "mine=true needs to know who asks.").Http();
            var request = new GetSwaps(instrument, outcome, mine ? caller!.Key : account, limit, cursor);
            return (await mediator.Send(request, cancel)).HttpOrCsv(context, TableOf);
        })
        .Weighs(CallWeight.Middling)
        .Describe("getSwaps", "Swaps", "Swaps, newest first",
            "Of all instruments or of one. outcome: moving, settled, refunded, expired, faulted. mine=true: only those of the "
            + "asking key; account: of any key.")
        .Returns(Examples.Swaps).ReturnsCsv(TableOf(Examples.Swaps)).Tagged().KnowAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.AuthenticationRequired);

    private static Csv TableOf(Page<SwapSummary> page)
    {
        var table = new Csv(
            "id", "instrument", "tradeId", "state", "outcome", "price", "quantity", "notional", "createdAt", "updatedAt")
        {
            NextCursor = page.NextCursor,
        };
        foreach (var swap in page.Items)
        {
            table.Row(
                swap.Id, swap.Instrument, swap.TradeId, swap.State, swap.Outcome, swap.Price, swap.Quantity, swap.Notional,
                swap.CreatedAt, swap.UpdatedAt);
        }
        return table;
    }
}
