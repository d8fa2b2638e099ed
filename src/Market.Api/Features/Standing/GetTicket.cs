using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Asks for a puzzle.</summary>
public sealed record GetTicket(string Host, string Kind, string? Chain, string? Script) : IRequest<Result<TicketTask>>;

/// <summary>Shape of the request.</summary>
public sealed class GetTicketValidator : AbstractValidator<GetTicket>
{
    /// <summary>The rules.</summary>
    public GetTicketValidator()
    {
        RuleFor(r => r.Kind).Must(kind => WireEnum.TryParse<TicketKind>(kind, out _))
            .WithMessage($"must be one of {WireEnum.Names<TicketKind>()}");
        When(r => r.Kind == WireEnum.Name(TicketKind.Work), () => RuleFor(r => r.Script)
            .Must(text => Hex.TryDecode(text, out var bytes) && WorkTemplates.IsPayable(new Script(bytes)))
            .WithMessage("must be the script that the sharebase pays, in hex, one that a coinbase may pay"))
            .Otherwise(() => RuleFor(r => r.Script).Null());
        RuleFor(r => r.Chain).Null().When(r => r.Kind != WireEnum.Name(TicketKind.Work));
    }
}

/// <summary>Makes one.</summary>
public sealed class GetTicketHandler(TicketDesk tickets, WorkTemplates templates, InstrumentSet instruments)
    : IRequestHandler<GetTicket, Result<TicketTask>>
{
    /// <inheritdoc/>
    public async Task<Result<TicketTask>> Handle(GetTicket request, CancellationToken cancellationToken)
    {
        WireEnum.TryParse<TicketKind>(request.Kind, out var kind);
        var task = new TicketTask { Kind = kind, Host = request.Host };
        if (kind == TicketKind.Memory) return task with { Memory = await tickets.GiveAsync(cancellationToken) };
        var found = instruments.FindChain(request.Chain ?? Market.Chains.Http.NodeHttpService.SharechainName);
        if (found.Refusal is { } unknown) return unknown;
        if (found.Value.Chain != ChainName.Sharechain) return Refusal.Invalid("chain", "must be a sharechain");
        var script = new Script(Hex.Decode(request.Script!));
        return task with { Work = await templates.GiveAsync(found.Value.Host.Chains.Shares, script, cancellationToken) };
    }
}

/// <summary>GET /api/v1/standing/ticket</summary>
public sealed class GetTicketEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Ticket, async (HttpContext context, IMediator mediator, CancellationToken cancel,
            string kind = "memory", string? chain = null, string? script = null) =>
            (await mediator.Send(new GetTicket(TicketHost.Of(context), kind, chain, script), cancel)).Http())
        .Weighs(CallWeight.Heavy)
        .Describe("getTicket", "Standing", "A puzzle to solve for credits",
            "kind=memory: Argon2id, for browsers and phones. kind=work: a real template of a sharechain (chain=, script= whom its "
            + "sharebase pays): the hashes are mining, and what they find is the solver's. Seeds and templates change with the "
            + "tips; the two newest are good.")
        .Returns(StandingExamples.Task)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.ChainUnavailable);
}

/// <summary>How a ticket names the market.</summary>
internal static class TicketHost
{
    public static string Of(HttpContext context) => (context.Request.Host.Value ?? "").ToLowerInvariant();
}
