using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Chains;

/// <summary>Asks about an address of a chain.</summary>
public sealed record GetAddress(string Chain, string Address) : IRequest<Result<AddressDetail>>;

/// <summary>Shape of the request.</summary>
public sealed class GetAddressValidator : AbstractValidator<GetAddress>
{
    /// <summary>No address is longer (BIP173).</summary>
    public const int Longest = 90;

    /// <summary>The rules.</summary>
    public GetAddressValidator() => RuleFor(r => r.Address).Length(1, Longest)
        .WithMessage($"must be an address of the chain, of at most {Longest} characters");
}

/// <summary>Reads it from the chain and from what its newest blocks hold.</summary>
public sealed class GetAddressHandler(InstrumentSet instruments) : IRequestHandler<GetAddress, Result<AddressDetail>>
{
    /// <inheritdoc/>
    public async Task<Result<AddressDetail>> Handle(GetAddress request, CancellationToken cancellationToken)
    {
        var found = instruments.FindChain(request.Chain);
        if (found.Refusal is { } unknown) return unknown;
        var (host, name) = found.Value;
        var network = host.Chains.AddressesOf(name);
        return BitcoinAddress.TryParse(request.Address, network, out var address, out _)
            ? await host.Explorer.AddressAsync(name, address, cancellationToken)
            : Refusal.Invalid("address", $"must be an address of this chain, such as {network.Bech32Hrp}1...");
    }
}

/// <summary>GET /api/v1/chains/{chain}/addresses/{address}</summary>
public sealed class GetAddressEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Address, async (string chain, string address, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetAddress(chain, address), cancel)).HttpWithETag())
        .Weighs(CallWeight.Heaviest)
        .Describe("getAddress", "Chains", "What an address has and was paid",
            "Unspent outputs by state, on a sharechain its part and chance in the next payout, and the newest outputs that pay it "
            + "with what became of each, from the blocks that the explorer looked through.")
        .Returns(ChainExamples.Address).Tagged()
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.ChainUnavailable);
}
