using Market.Api.Chains;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Chains;

/// <summary>GET /api/v1/chains</summary>
public sealed class GetChainsEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Chains, (TipWatch watch) => (watch.Tips is { } tips
            ? Result<ChainTips>.FromValue(tips)
            : new Refusal(ProblemCodes.ChainUnavailable, "A chain's tip is not known yet.")).HttpWithETag())
        .Describe("getChains", "Chains", "Both tips", "As the market's own nodes see them, with pace and mempool.")
        .Returns(Examples.Tips).Refuses(ProblemCodes.ChainUnavailable);
}
