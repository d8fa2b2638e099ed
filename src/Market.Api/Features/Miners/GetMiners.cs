using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Chains.Stratum;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Miners;

/// <summary>Asks where miners connect, and how those of a sharechain are doing together.</summary>
/// <param name="Instrument">The instrument whose sharechain is meant; null for the first.</param>
public sealed record GetMiners(string? Instrument) : IRequest<Result<MiningServer>>;

/// <summary>Reads it from the account that Stratum keeps.</summary>
public sealed class GetMinersHandler(InstrumentSet instruments, MiningPort port) : IRequestHandler<GetMiners, Result<MiningServer>>
{
    /// <inheritdoc/>
    public Task<Result<MiningServer>> Handle(GetMiners request, CancellationToken cancellationToken) =>
        Task.FromResult(
            (request.Instrument is { } id ? instruments.Find(id) : Result<InstrumentHost>.FromValue(instruments.All[0]))
            .Then(host => port.Server is { } server ? Of(server, host.Market.Sharechain) : Nothing));

    private MiningServer Of(StratumServer server, string sharechain)
    {
        var report = server.ReportOn(sharechain, null);
        return new MiningServer
        {
            Stratum = port.Address,
            Sharechain = sharechain,
            Connections = report.Connections,
            Waiting = report.Waiting,
            ShareDifficulty = report.ShareDifficulty,
            MainDifficulty = report.MainDifficulty,
            Total = MinerText.Of(server.Totals(sharechain).Workers[0]),
            Blocks = [.. report.Blocks.Reverse()
                .Select(block => new MinedBlock { Time = block.At, Id = block.Id, Fate = block.Fate })],
        };
    }

    private static MiningServer Nothing { get; } = new() { Connections = 0, Total = MinerText.Sum([]), Blocks = [] };
}

/// <summary>GET /api/v1/miners</summary>
public sealed class GetMinersEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Miners, async (IMediator mediator, CancellationToken cancel, string? instrument = null) =>
            (await mediator.Send(new GetMiners(instrument), cancel)).HttpWithETag())
        .Weighs(CallWeight.Middling)
        .Describe("getMiners", "Miners", "Where miners connect, and how they are doing together",
            "Of the Stratum port of this server, since it started: the miners of one instrument's sharechain, the "
            + "first one's where none is named. A server without one says so by leaving stratum out; one is "
            + "started with --stratum.")
        .Returns(MinerExamples.Server).Tagged()
        .Refuses(ProblemCodes.UnknownInstrument);
}
