using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Says that coins are the account's stake.</summary>
public sealed record ProveBondRequest(string Host, string Key, ProveBond Body) : IRequest<Result<Bond>>;

/// <summary>Shape of the request.</summary>
public sealed class ProveBondValidator : AbstractValidator<ProveBondRequest>
{
    private const int MostSignatureText = 400;

    /// <summary>The rules.</summary>
    public ProveBondValidator()
    {
        RuleFor(r => r.Body.Chain).NotEmpty().MaximumLength(64);
        RuleFor(r => r.Body.Coin).Must(coin => OutPoint.TryParse(coin, out var parsed) && parsed.ToString() == coin)
            .WithMessage("must be txid:index");
        RuleFor(r => r.Body.Kind).IsInEnum();
        When(r => r.Body.Kind == BondKind.Locked, () =>
        {
            RuleFor(r => r.Body.Key).Must(key => key is not null).WithMessage("is needed for locked coins");
            RuleFor(r => r.Body.Key!).CompressedKey().When(r => r.Body.Key is not null);
            RuleFor(r => r.Body.Locktime).InclusiveBetween(500_000_000, uint.MaxValue).NotNull();
            RuleFor(r => r.Body.Signature).NotEmpty().MaximumLength(MostSignatureText);
        }).Otherwise(() =>
        {
            RuleFor(r => r.Body.Key).Null();
            RuleFor(r => r.Body.Locktime).Null();
            RuleFor(r => r.Body.Signature).Null();
        });
    }
}

/// <summary>Looks at them on their chain.</summary>
public sealed class ProveBondHandler(BondDesk bonds, InstrumentSet instruments) : IRequestHandler<ProveBondRequest, Result<Bond>>
{
    /// <inheritdoc/>
    public async Task<Result<Bond>> Handle(ProveBondRequest request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Body.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var chain = found.Value.Host.Chains.Of(found.Value.Chain).Name;
        return await bonds.ProveAsync(request.Host, request.Key, chain, request.Body, cancellationToken);
    }
}

/// <summary>POST /api/v1/standing/bonds</summary>
public sealed class ProveBondEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.Bonds, async (
            ProveBond body, Caller caller, HttpContext context, IMediator mediator, CancellationToken cancel) =>
        {
            var request = new ProveBondRequest(TicketHost.Of(context), caller.Key, body);
            return (await mediator.Send(request, cancel)).Http();
        })
        .Weighs(CallWeight.Heavy)
        .Describe("proveBond", "Standing", "Coins at stake for the account",
            "Of locked coins the lock's key signs, by BIP322's simple form for its P2WPKH, six lines joined by line feeds: "
            + "Market bond, host: (as the Host header has it, in lower case), account:, chain: (its own name), coin: (txid:index), "
            + $"locktime:. Burned coins name their account themselves. A coin needs {BondDesk.LeastConfirmations} confirmations, "
            + "and counts for the first account that proved it, until it is spent, reorganised away or its time is over. The same "
            + "again is answered with how it stands.")
        .Takes(StandingExamples.ProveBond).Returns(StandingExamples.Bond)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.BadProof, ProblemCodes.ProofUsed, ProblemCodes.ChainUnavailable)
        .RequireAccount();
}
