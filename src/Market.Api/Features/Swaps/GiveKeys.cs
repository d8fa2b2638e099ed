using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Bitcoin;
using Market.Contracts;
using Market.Standing;
using Market.Swaps;
using MediatR;

namespace Market.Api.Features.Swaps;

/// <summary>A party gives its keys for a swap.</summary>
public sealed record GiveKeysRequest(string SwapId, string Account, GiveSwapKeys Body) : IRequest<Result<SwapDetail>>;

/// <summary>Shape of the request.</summary>
public sealed class GiveKeysValidator : AbstractValidator<GiveKeysRequest>
{
    private const int LongestScript = 42;

    /// <summary>The rules.</summary>
    public GiveKeysValidator()
    {
        RuleFor(r => r.Body.ClaimKey).CompressedKey();
        RuleFor(r => r.Body.RefundKey).CompressedKey();
        RuleFor(r => r.Body.PaymentHash!).Hex(32).When(r => r.Body.PaymentHash is not null);
        RuleFor(r => r.Body.PayoutScript!).Must(s => s.Length is > 0 and <= 2 * LongestScript && s.Length % 2 == 0 &&
                s.All(char.IsAsciiHexDigitLower))
            .WithMessage($"must be a script of at most {LongestScript} bytes in lower case hex")
            .When(r => r.Body.PayoutScript is not null);
    }
}

/// <summary>Passes the keys to the coordinator.</summary>
public sealed class GiveKeysHandler(InstrumentSet instruments, SwapBoard board)
    : IRequestHandler<GiveKeysRequest, Result<SwapDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<SwapDetail>> Handle(GiveKeysRequest request, CancellationToken cancellationToken)
    {
        var body = request.Body;
        if (!SwapRequests.IsId(request.SwapId)) return new Refusal(ProblemCodes.UnknownSwap);
        if (!PublicKey.TryParse(body.ClaimKey, out var claim) || !PublicKey.TryParse(body.RefundKey, out var refund))
            return new Refusal(ProblemCodes.BadKey, "A key is not a point of the curve.");
        PaymentHash? hash = PaymentHash.TryParse(body.PaymentHash, out var parsed) ? parsed : null;
        Script? script = body.PayoutScript is { } hex ? Script.FromHex(hex) : null;
        var host = await instruments.OfSwapAsync(board, request.SwapId, cancellationToken);
        if (host.Refusal is { } unknown) return unknown;
        return await host.Value.Swaps.GiveKeysAsync(
            request.SwapId, request.Account, new PartyKeys(claim, refund, hash, script), cancellationToken);
    }
}

/// <summary>POST /api/v1/swaps/{id}/keys</summary>
public sealed class GiveKeysEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.SwapKeys, async (
                string id, GiveSwapKeys body, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GiveKeysRequest(id, caller.Key, body), cancel)).Http())
        .Weighs(CallWeight.Middling).Through(GateKind.Swaps)
        .Describe("giveSwapKeys", "Swaps", "Give the keys of the own side",
            "Fresh keys for this swap; the seller adds the payment hash and a payout script. When both sides have given " +
            "theirs the terms are fixed. The same keys again change nothing.")
        .Takes(Examples.SwapKeys).Returns(Examples.Swap).RequireAccount()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownSwap, ProblemCodes.NotAParty,
            ProblemCodes.WrongSwapState, ProblemCodes.KeysAlreadyGiven, ProblemCodes.ReusedSecret, ProblemCodes.BadKey,
            ProblemCodes.Unavailable);
}
