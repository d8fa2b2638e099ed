using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Swaps;

/// <summary>What requests about swaps share.</summary>
public static class SwapRequests
{
    /// <summary>Whether a text can be a swap's id.</summary>
    public static bool IsId(string? text) => text is { Length: 32 } && text.All(char.IsAsciiHexDigitLower);
}

/// <summary>Asks for swaps.</summary>
public sealed record GetSwaps(string? Outcome, string? Account, int Limit, string? Cursor)
    : IRequest<Result<Page<SwapSummary>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetSwapsValidator : AbstractValidator<GetSwaps>
{
    /// <summary>The rules.</summary>
    public GetSwapsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
        RuleFor(r => r.Outcome).Must(o => o is null || WireEnum.TryParse<SwapOutcome>(o, out _))
            .WithMessage($"must be one of {WireEnum.Names<SwapOutcome>()}");
    }
}

/// <summary>Reads swaps.</summary>
public sealed class GetSwapsHandler(IDbContextFactory<MarketDb> database, SwapBoard board)
    : IRequestHandler<GetSwaps, Result<Page<SwapSummary>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<SwapSummary>>> Handle(GetSwaps request, CancellationToken cancellationToken)
    {
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var before = Paging.Before(request.Cursor);
        var query = db.Set<SwapRow>().AsNoTracking().Where(s => s.Number < before);
        if (WireEnum.TryParse<SwapOutcome>(request.Outcome, out var outcome)) query = query.Where(s => s.Outcome == outcome);
        if (request.Account is { } key) query = query.Where(s => s.SellerKey == key || s.BuyerKey == key);
        var rows = await query.OrderByDescending(s => s.Number).Take(request.Limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Of(rows, request.Limit, r => DecimalStrings.Format(r.Number));
        return new Page<SwapSummary>
        {
            Items = [.. page.Items.Select(r => board.Show(r).Summary)],
            NextCursor = page.NextCursor,
        };
    }
}

/// <summary>GET /api/v1/swaps</summary>
public sealed class GetSwapsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Swaps, async (IMediator mediator, CancellationToken cancel, Caller? caller, string? outcome = null,
                bool mine = false, string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
            mine && caller is null
                ? new Refusal(ProblemCodes.AuthenticationRequired, "mine=true needs to know who asks.").Http()
                : (await mediator.Send(new GetSwaps(outcome, mine ? caller!.Key : null, limit, cursor), cancel)).HttpWithETag())
        .Weighs(CallWeight.Middling)
        .Describe("getSwaps", "Swaps", "Swaps, newest first",
            "outcome: moving, settled, refunded, expired, faulted. mine=true: only those of the asking key.")
        .Returns(Examples.Swaps).Refuses(ProblemCodes.ValidationFailed, ProblemCodes.AuthenticationRequired);
}

/// <summary>GET /api/v1/swaps/{id}</summary>
public sealed class GetSwapEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Swap, async (string id, SwapBoard board, Caller? caller, CancellationToken cancel) => (
            SwapRequests.IsId(id) && await board.FindAsync(id, caller?.Key, cancel) is { } swap
                ? Result<SwapDetail>.FromValue(swap)
                : new Refusal(ProblemCodes.UnknownSwap)).HttpWithETag())
        .Describe("getSwap", "Swaps", "One swap with its timeline",
            "Who acts next, by when, confirmations x of y, and what happens if nobody acts. A party also sees its role.")
        .Returns(Examples.Swap).Refuses(ProblemCodes.UnknownSwap);
}

/// <summary>GET /api/v1/swaps/{id}/proof</summary>
public sealed class GetSwapProofEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.SwapProof, ReadAsync)
        .Describe("getSwapProof", "Swaps", "A swap's public proof",
            "Everything that is needed to check on both chains what happened, with every event in order.")
        .Returns(Examples.SwapProof).Refuses(ProblemCodes.UnknownSwap);

    private static async Task<IResult> ReadAsync(
        string id, SwapBoard board, MarketNetwork network, IDbContextFactory<MarketDb> database, CancellationToken cancel)
    {
        if (!SwapRequests.IsId(id) || await board.FindAsync(id, null, cancel) is not { } swap)
            return new Refusal(ProblemCodes.UnknownSwap).Http();
        await using var db = await database.CreateDbContextAsync(cancel);
        var events = await db.Set<SwapEventRow>().AsNoTracking().Where(e => e.SwapId == id).OrderBy(e => e.Version)
            .ToListAsync(cancel);
        return Result<SwapProof>.FromValue(new SwapProof
        {
            Network = network.Name,
            Swap = swap,
            Events = [.. events.Select(e => new SwapEventRecord
            {
                Version = e.Version, Time = e.Time, Event = e.Kind, From = e.From, To = e.To,
                TransactionId = e.TransactionId, Chain = e.Chain,
            })],
        }).HttpWithETag();
    }
}
