using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Standing;

/// <summary>Hands a solution in.</summary>
/// <param name="Host">The market as its Host header names it.</param>
/// <param name="Signer">Who asks; null where nobody signs.</param>
/// <param name="Address">Where it comes from; null where each account is a client of its own.</param>
/// <param name="Body">The solution.</param>
public sealed record HandInTicketRequest(string Host, string? Signer, ClientAddress? Address, HandInTicket Body)
    : IRequest<Result<TicketTaken>>;

/// <summary>Shape of the request.</summary>
public sealed class HandInTicketValidator : AbstractValidator<HandInTicketRequest>
{
    /// <summary>The rules.</summary>
    public HandInTicketValidator()
    {
        RuleFor(r => r.Body.Kind).IsInEnum();
        RuleFor(r => r.Body.Account!).RealKey().When(r => r.Body.Account is not null);
        RuleFor(r => r.Body.Account).Must(account => account is not null).When(r => r.Signer is null)
            .WithMessage("must be named where nobody signs");
        RuleFor(r => r.Body.Body!).Hex(Hash256.Length).When(r => r.Body.Body is not null);
        RuleFor(r => r.Body.Memory).Must((r, memory) => memory is not null == (r.Body.Kind == TicketKind.Memory))
            .WithMessage("must be there with kind memory, and only then");
        RuleFor(r => r.Body.Work).Must((r, work) => work is not null == (r.Body.Kind == TicketKind.Work))
            .WithMessage("must be there with kind work, and only then");
        When(r => r.Body.Memory is not null, () =>
        {
            RuleFor(r => r.Body.Memory!.Seed).Hex(Hash256.Length);
            RuleFor(r => r.Body.Memory!.Nonce).Hex(MemoryTicket.NonceLength);
            RuleFor(r => r.Body.Memory!.Difficulty).Must(MemoryTicket.IsDifficulty)
                .WithMessage($"must be from {MemoryTicket.LeastDifficulty} to {MemoryTicket.MostDifficulty}");
        });
        When(r => r.Body.Work is not null, () =>
        {
            RuleFor(r => r.Body.Work!.Template).Hex(Hash256.Length);
            RuleFor(r => r.Body.Work!.Script)
                .Must(text => text.Length <= 2 * WorkTemplates.LongestScript && Hex.TryDecode(text, out _))
                .WithMessage("must be a script in hex");
            RuleFor(r => r.Body.Work!.Salt).Hex(sizeof(ulong));
            RuleFor(r => r.Body.Work!.Header).Hex(BlockHeader.Length);
            RuleFor(r => r.Body.Work!.Parts).Must(WorkTicket.IsParts).WithMessage($"must be from 1 to {WorkTicket.MostParts}");
        });
    }
}

/// <summary>Checks it.</summary>
public sealed class HandInTicketHandler(TicketDesk tickets) : IRequestHandler<HandInTicketRequest, Result<TicketTaken>>
{
    /// <inheritdoc/>
    public async Task<Result<TicketTaken>> Handle(HandInTicketRequest request, CancellationToken cancellationToken)
    {
        var account = request.Body.Account ?? request.Signer!;
        var body = request.Body.Body is { } digits ? new Hash256(Hex.Decode(digits)) : Hash256.Zero;
        var binding = new TicketBinding(request.Host, new Hash256(Hex.Decode(account)), body);
        var client = request.Address is { } address
            ? new PuzzleClient(account, address.ToString(), address.Site)
            : PuzzleClient.Alone(account);
        var taken = request.Body.Memory is { } memory
            ? await tickets.TakeAsync(binding, account, client, memory, cancellationToken)
            : await tickets.TakeAsync(binding, account, request.Body.Work!, cancellationToken);
        // What an account has is its own to know.
        return account == request.Signer ? taken : taken.Then(one => one with { Stored = null });
    }
}

/// <summary>POST /api/v1/standing/ticket</summary>
public sealed class HandInTicketEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.Ticket, async (
            HandInTicket body, Caller? caller, CapTable caps, HttpContext context, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new HandInTicketRequest(
                TicketHost.Of(context), caller?.Key, AddressOf(context, caps), body), cancel)).Http())
        .Weighs(CallWeight.Heavy)
        .Describe("handInTicket", "Standing", "A puzzle's solution, for credits",
            "Counts once, for the account, market and body that it is bound to. The account is named or signs: whoever hands in a "
            + "solution gives, and takes nothing. Of recycled work what is a share or a mainchain "
            + "block is handed in as such, and its fate is told. Memory-hard work is checked one at a time, few of a "
            + "network; after a wrong solution its account waits at its address, 10 s and then twice as long each time, an hour "
            + "at most, and from the fifth of an address and the 17th of a network on so do all accounts there that have solved "
            + "none.")
        .Takes(StandingExamples.Solution).Returns(StandingExamples.Taken)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.BadProof, ProblemCodes.ProofUsed, ProblemCodes.ChainUnavailable)
        .KnowAccount();

    // Whoever may take everything of an address is one house: there each account is a client.
    private static ClientAddress? AddressOf(HttpContext context, CapTable caps) =>
        ClientAddress.Of(context) is var address && address.IsLoopback && !caps.LimitLoopback ? null : address;
}
