using FluentValidation;
using Market.Api.Chains;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Chains;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks who takes part in a sharechain's next payout.</summary>
public sealed record GetHolders(string Chain, int Limit, string? Cursor) : IRequest<Result<ShareHolderPage>>;

/// <summary>Shape of the request.</summary>
public sealed class GetHoldersValidator : AbstractValidator<GetHolders>
{
    /// <summary>The rules.</summary>
    public GetHoldersValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
    }
}

/// <summary>Reads them from the chain, which keeps them for its tip.</summary>
public sealed class GetHoldersHandler(InstrumentSet instruments) : IRequestHandler<GetHolders, Result<ShareHolderPage>>
{
    /// <inheritdoc/>
    public async Task<Result<ShareHolderPage>> Handle(GetHolders request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        if (name == ChainName.Mainchain)
            return Refusal.Invalid("chain", "must be a sharechain: on the mainchain nobody holds shares");
        var shares = host.Chains.Shares;
        var holders = await shares.GetHoldersAsync(cancellationToken);
        var from = request.Cursor is { } cursor && DecimalStrings.TryParse(cursor, out var rank)
            ? (int)Math.Min(rank, int.MaxValue - ServerLimits.MaxPageSize)
            : 0;
        var page = holders.Largest.Skip(from).Take(request.Limit).Select((holder, i) => new ShareHolder
        {
            Rank = from + i + 1,
            Address = host.Chains.Payee(ChainName.Sharechain, holder.Script),
            Chance = Chances.Of(holder.Weight, from + i, holders.TotalUnits, shares.Profile),
        }).ToList();
        var end = from + page.Count;
        return new ShareHolderPage
        {
            Tip = holders.Tip.ToString(),
            Height = holders.Height,
            Rule = shares.Profile.Payout.Words,
            Total = new Quantity(holders.TotalUnits),
            Count = holders.Count,
            Items = page,
            NextCursor = page.Count > 0 && end < holders.Largest.Length ? DecimalStrings.Format(end) : null,
        };
    }
}

/// <summary>GET /api/v1/chains/{chain}/holders</summary>
public sealed class GetHoldersEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Holders, async (string chain, IMediator mediator, CancellationToken cancel,
                int limit = 50, string? cursor = null) =>
            (await mediator.Send(new GetHolders(chain, limit, cursor), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heavy)
        .Describe("getHolders", "Chains", "Who takes part in a sharechain's next payout",
            $"Payout scripts by the base units that they hold, the largest first, with the chance that a Bitcoin block pays them. "
            + $"The largest {ShareHolders.Most:N0} are told by name.")
        .Returns(ChainExamples.Holders).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.ChainUnavailable);
}
