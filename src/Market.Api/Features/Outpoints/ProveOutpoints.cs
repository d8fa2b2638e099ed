using System.Text;
using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Outpoints;

/// <summary>Proves coins that an account's orders may draw on.</summary>
public sealed record ProveOutpointsRequest(string Key, ProveOutpoints Body) : IRequest<Result<ProvedOutpoints>>;

/// <summary>Shape of the request.</summary>
public sealed class ProveOutpointsValidator : AbstractValidator<ProveOutpointsRequest>
{
    // As of an order's: a witness of two large multisignatures.
    private const int MostSignatureText = 2_000;

    /// <summary>The rules.</summary>
    public ProveOutpointsValidator(TimeProvider clock)
    {
        RuleFor(r => r.Body.Chain).NotEmpty().MaximumLength(64);
        RuleFor(r => r.Body.ExpiresAt)
            .Must(time => time.Ticks % TimeSpan.TicksPerMillisecond == 0).WithMessage("must be whole milliseconds")
            .Must(time => time > clock.GetUtcNow() && time <= clock.GetUtcNow().AddDays(ProveOutpoints.MostDays))
            .WithMessage($"must be after now and within {ProveOutpoints.MostDays} days");
        RuleFor(r => r.Body.Outpoints).NotEmpty()
            .Must(o => o.Count <= ProveOutpoints.Most).WithMessage($"must be at most {ProveOutpoints.Most}")
            .Must(o => o.Select(p => p?.Outpoint).Distinct(StringComparer.Ordinal).Count() == o.Count)
            .WithMessage("must name each outpoint once")
            .Must(o => o.All(p => OutPoint.TryParse(p?.Outpoint, out var parsed) && parsed.ToString() == p.Outpoint))
            .WithMessage("must each be txid:index")
            .Must(o => o.All(p => p?.Signature is { Length: > 0 and <= MostSignatureText }))
            .WithMessage($"must each have a signature of 1 to {MostSignatureText} characters");
    }
}

/// <summary>Looks at them on their chain, and at what their addresses signed.</summary>
public sealed class ProveOutpointsHandler(
    InstrumentSet instruments, Promises promises, OutpointDesk desk, OutpointView view, TimeProvider clock)
    : IRequestHandler<ProveOutpointsRequest, Result<ProvedOutpoints>>
{
    /// <inheritdoc/>
    public async Task<Result<ProvedOutpoints>> Handle(ProveOutpointsRequest request, CancellationToken cancellationToken)
    {
        var (key, body) = (request.Key, request.Body);
        var found = OutpointChain.Find(instruments, body.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var chain = found.Value;
        var text = Encoding.UTF8.GetBytes(OutpointsText.Of(chain.Host.Market.Network, key, body));
        var coins = new List<ProvedCoin>(body.Outpoints.Count);
        try
        {
            foreach (var proof in body.Outpoints)
            {
                OutPoint.TryParse(proof.Outpoint, out var outPoint);
                var coin = await chain.Source.FindAsync(chain.Kind, outPoint, cancellationToken);
                var refusal = BackingCheck.WhyNot(coin, proof.Outpoint, chain.Source.CoinbaseMaturity(chain.Kind))
                    ?? BackingCheck.WhyNotSigned(text, coin!, proof.Outpoint, proof.Signature!);
                if (refusal is not null) return refusal;
                coins.Add(new ProvedCoin(
                    new PromisedCoin(chain.Name, outPoint), chain.Kind, key, coin!.Output.Value.Sats, coin.Output.ScriptPubKey,
                    clock.GetUtcNow(), body.ExpiresAt.ToUniversalTime())
                {
                    Root = coin.RootHeight,
                });
            }
            if (await MakeRoomAsync(key, coins, cancellationToken) is { } tooMany) return tooMany;
            if (await desk.ProveAsync(coins, cancellationToken) is { } inUse) return inUse;
            return new ProvedOutpoints { Outpoints = await view.OfAsync(key, coins, cancellationToken) };
        }
        catch (ChainUnavailableException e)
        {
            return new Refusal(ProblemCodes.ChainUnavailable, e.Message);
        }
    }

    // What is spent, gone or expired is forgotten where there would be too many, and no sooner: a reorganisation may bring it back.
    private async Task<Refusal?> MakeRoomAsync(string key, List<ProvedCoin> coins, CancellationToken cancel)
    {
        if (Count() <= ProveOutpoints.MostOfAccount) return null;
        var known = promises.Coins.Of(key, clock.GetUtcNow()).Select(c => c.Coin).ToList();
        foreach (var shown in await view.OfAsync(key, known, cancel))
        {
            if (shown.State is OutpointState.Free or OutpointState.Ordered or OutpointState.InSwap
                || shown.Orders.Count > 0) continue;
            var coin = known.Find(c => c.Coin.OutPoint.ToString() == shown.Outpoint
                && OutpointChain.All(instruments).Any(chain => chain.Shown == shown.Chain && chain.Name == c.Coin.Chain));
            if (coin is not null) await desk.TakeBackAsync(coin.Coin, key);
        }
        return Count() <= ProveOutpoints.MostOfAccount
            ? null
            : new Refusal(ProblemCodes.TooManyOutpoints,
                $"An account has at most {ProveOutpoints.MostOfAccount} proved outpoints, and none of these is spent.");

        int Count() => promises.Coins.CountOf(key) + coins.Count(coin => promises.Coins.Find(coin.Coin)?.Key != key);
    }
}

/// <summary>POST /api/v1/outpoints</summary>
public sealed class ProveOutpointsEndpoint : IEndpoint
{
    // Each is looked up and its signature verified, as of an order's.
    private const int Weight = CallWeight.Heaviest;

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.Outpoints, async (
            ProveOutpoints body, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new ProveOutpointsRequest(caller.Key, body), cancel)).Http())
        .Weighs(Weight).Through(GateKind.Orders)
        .Describe("proveOutpoints", "Outpoints", "Prove coins that orders may draw on",
            "Orders of the account then name these outpoints without a signature, or draw on any of them. The address of each "
            + "signs the text as a message (BIP322, simple form): " + OutpointsText.Shape + ". A coin is confirmed and can be "
            + "spent, and is proved for one account. All are taken, or none; one that is proved already gets the new expiry. What "
            + "a swap of the account leaves of a proved coin, to the same address, is proved as that was. Nothing is deposited.")
        .Takes(OutpointExamples.Prove).Returns(OutpointExamples.Proved)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.OutpointUnavailable, ProblemCodes.OutpointInUse,
            ProblemCodes.OutpointNotOwned, ProblemCodes.TooManyOutpoints, ProblemCodes.ChainUnavailable)
        .RequireAccount();
}
