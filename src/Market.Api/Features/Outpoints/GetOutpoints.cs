using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Chains;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Outpoints;

/// <summary>Asks for the proved coins of a key.</summary>
public sealed record GetOutpoints(string Key, string? Chain, string? Instrument, int Limit, string? Cursor)
    : IRequest<Result<Page<ProvedOutpoint>>>;

/// <summary>Shape of the request.</summary>
public sealed class GetOutpointsValidator : AbstractValidator<GetOutpoints>
{
    /// <summary>The rules.</summary>
    public GetOutpointsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
        RuleFor(r => r.Chain).MaximumLength(64);
        RuleFor(r => r.Instrument).MaximumLength(64);
    }
}

/// <summary>Reads them, and looks each up.</summary>
public sealed class GetOutpointsHandler(InstrumentSet instruments, IDbContextFactory<MarketDb> database, OutpointView view)
    : IRequestHandler<GetOutpoints, Result<Page<ProvedOutpoint>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<ProvedOutpoint>>> Handle(GetOutpoints request, CancellationToken cancellationToken)
    {
        var (key, before) = (request.Key, Paging.Before(request.Cursor));
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var coins = db.Set<ProvedOutpointRow>().AsNoTracking().Where(o => o.Key == key && o.Number < before);
        if (request.Chain is { } name)
        {
            var chain = OutpointChain.Find(instruments, name);
            if (chain.Refusal is { } unknown) return unknown;
            coins = coins.Where(o => o.ChainName == chain.Value.Name);
        }
        if (request.Instrument is { } id)
        {
            var host = instruments.Find(id);
            if (host.Refusal is { } unknown) return unknown;
            var market = host.Value.Market;
            var (main, shares) = (market.NameOf(ChainKind.Mainchain), market.NameOf(ChainKind.Sharechain));
            var (first, last) = market.Series is { } series
                ? ((int?)series.First, (int?)series.Last)
                : (null, null);
            coins = coins.Where(o => o.ChainName == main
                || (o.ChainName == shares && (first == null || (o.Root >= first && o.Root <= last))));
        }
        var rows = await coins.OrderByDescending(o => o.Number).Take(request.Limit + 1).ToListAsync(cancellationToken);
        var page = Paging.Of(rows, request.Limit, o => DecimalStrings.Format(o.Number));
        try
        {
            return new Page<ProvedOutpoint>
            {
                Items = await view.OfAsync(key, [.. page.Items.Select(ProvedCoin.Of)], cancellationToken),
                NextCursor = page.NextCursor,
            };
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
    }
}

/// <summary>GET /api/v1/outpoints</summary>
public sealed class GetOutpointsEndpoint : IEndpoint
{
    /// <summary>So many coins cost the weight once.</summary>
    internal const int EachWeight = 20;

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Outpoints, async (
                Caller caller, IMediator mediator, CancellationToken cancel, string? chain = null, string? instrument = null,
                string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(new GetOutpoints(caller.Key, chain, instrument, limit, cursor), cancel)).Http())
        .Weighs(CallWeight.Middling, new ListWeight(EachWeight, ServerLimits.DefaultPageSize, ServerLimits.MaxPageSize))
        .Describe("getOutpoints", "Outpoints", "Own proved coins, newest first",
            "All, or those of one chain, or those that may stand behind orders of one instrument; each is looked up on its chain. "
            + "It says which are free, behind which orders, locked in which swap, spent, gone by a reorganisation or expired.")
        .Returns(OutpointExamples.Page).RequireAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.ChainUnavailable);
}
