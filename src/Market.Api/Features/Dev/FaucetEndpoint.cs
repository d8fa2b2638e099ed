using FluentValidation;
using Market.Api.Instruments;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;
using MediatR;

namespace Market.Api.Features.Dev;

/// <summary>Asks the faucet.</summary>
public sealed record AskFaucetRequest(AskFaucet Body, ClientAddress Client) : IRequest<Result<FaucetPayment>>;

/// <summary>Shape of the request.</summary>
public sealed class AskFaucetValidator : AbstractValidator<AskFaucetRequest>
{
    /// <summary>The rules.</summary>
    public AskFaucetValidator()
    {
        RuleFor(r => r.Body.Chain).IsInEnum();
        RuleFor(r => r.Body.Script)
            .Must(text => text is { Length: > 0 and <= 2 * PayoutAnnotation.MostScriptBytes }
                && Shapes.IsHex(text, text.Length / 2)
                && PayoutAnnotation.IsPayable(Script.FromHex(text)))
            .WithMessage($"must be a script in lower case hex, of at most {PayoutAnnotation.MostScriptBytes} bytes and one "
                + "signature operation");
    }
}

/// <summary>Has the faucet pay, unless the client was paid enough.</summary>
public sealed class AskFaucetHandler(IServiceProvider services, InstrumentSet instruments, FaucetGrants grants)
    : IRequestHandler<AskFaucetRequest, Result<FaucetPayment>>
{
    /// <inheritdoc/>
    public async Task<Result<FaucetPayment>> Handle(AskFaucetRequest request, CancellationToken cancellationToken)
    {
        // The route is there only where the faucet is.
        var faucet = services.GetRequiredService<Faucet>();
        ISharechain? shares = null;
        if (request.Body.Chain == ChainName.Sharechain)
        {
            var host = instruments.ChooseChains(request.Body.Instrument);
            if (host.Refusal is { } unknown) return unknown;
            shares = host.Value.Chains.Shares;
        }
        if (grants.Take(request.Client, request.Body.Chain) is { } again)
        {
            return new Refusal(ProblemCodes.RateLimited,
                $"{FaucetGrants.PerClient} payments on a chain within {FaucetGrants.Window.TotalMinutes:0} minutes are enough.")
            {
                RetryAt = again,
            };
        }
        return await faucet.PayAsync(shares, Script.FromHex(request.Body.Script), cancellationToken);
    }
}

/// <summary>POST /api/v1/dev/faucet, on devnets only.</summary>
public static class FaucetEndpoint
{
    private static readonly AskFaucet Example = new()
    {
        Chain = ChainName.Mainchain,
        Script = "0014751e76e8199196d454941c45d1b3a323f1433bd6",
    };

    private static readonly FaucetPayment Paid = new()
    {
        Chain = ChainName.Mainchain,
        Outpoint = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b:0",
        Amount = new Sats(Faucet.Payment.Sats),
        Confirmed = false,
    };

    /// <summary>Maps the route where there is a faucet.</summary>
    public static void MapFaucet(this IEndpointRouteBuilder routes)
    {
        if (routes.ServiceProvider.GetService<Faucet>() is null) return;
        routes.MapPost(Routes.Faucet, async (
                AskFaucet body, HttpContext context, IMediator mediator, CancellationToken cancel) =>
                (await mediator.Send(new AskFaucetRequest(body, ClientAddress.Of(context)), cancel)).Http())
            .Weighs(CallWeight.Heaviest)
            .Describe("askFaucet", "Devnet", "Coins for a script, on devnets",
                $"{Faucet.Payment.Sats} satoshis that the next block confirms, or the shares of a block that is mined for the "
                + $"script, mature at once. {FaucetGrants.PerClient} payments on each chain within "
                + $"{FaucetGrants.Window.TotalMinutes:0} minutes for one client. Only a market on embedded chains has this route.")
            .Takes(Example).Returns(Paid)
            .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.UnknownInstrument, ProblemCodes.RateLimited,
                ProblemCodes.ChainUnavailable);
    }
}
