using System.Reflection;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Service;

/// <summary>Asks how the market is doing.</summary>
public sealed record GetStatus : IRequest<Result<ServerStatus>>;

/// <summary>Tells it part by part.</summary>
public sealed class GetStatusHandler(
    MarketNetwork network, ServerStart start, TipWatch tips, ChainVerdicts verdicts, InstrumentCatalog catalog,
    SwapBoard swaps, Topics topics, DatabasePulse database, TimeProvider clock)
    : IRequestHandler<GetStatus, Result<ServerStatus>>
{
    private static readonly string Version =
        typeof(GetStatusHandler).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <inheritdoc/>
    public async Task<Result<ServerStatus>> Handle(GetStatus request, CancellationToken cancellationToken)
    {
        if (tips.Tips is not { } both) return new Refusal(ProblemCodes.ChainUnavailable, "The chains are not open yet.");
        var now = clock.GetUtcNow();
        ComponentStatus[] components =
        [
            Chain("sharechain", both.Sharechain, now), Chain("mainchain", both.Mainchain, now),
            await DatabaseAsync(cancellationToken), Matching(), Swaps(),
        ];
        return new ServerStatus
        {
            Version = Version,
            Network = network.Name,
            StartedAt = start.Time,
            Time = now,
            Health = components.Max(c => c.Health),
            Components = components,
            Chains = both,
            SwapsMoving = swaps.Moving,
            StreamClients = topics.Clients,
        };
    }

    private ComponentStatus Chain(string name, ChainTip tip, DateTimeOffset now)
    {
        if (verdicts.Of(tip.Chain) is { Reason: { } reason } verdict) return Part(name, verdict.Health, reason);
        if (tips.TroubleOf(tip.Chain) is { } trouble) return Part(name, Health.Down, trouble);
        var age = now - tip.SeenAt;
        return Part(name, Health.Live, $"Block {tip.Height}, {Math.Max(0, (int)age.TotalSeconds)} s ago.");
    }

    private async Task<ComponentStatus> DatabaseAsync(CancellationToken cancel) => await database.AnswersAsync(cancel)
        ? Part("database", Health.Live, "Answers.")
        : Part("database", Health.Down, "Does not answer.");

    private ComponentStatus Matching() => catalog.Current.Status == InstrumentStatus.Open
        ? Part("matching", Health.Live, "Orders are taken.")
        : Part("matching", Health.Down, catalog.Current.StatusReason ?? "No orders are taken.");

    private ComponentStatus Swaps() => Part("swaps", Health.Live, $"{swaps.Moving} moving.");

    private static ComponentStatus Part(string name, Health health, string detail) =>
        new() { Name = name, Health = health, Detail = detail };
}

/// <summary>GET /api/v1/status</summary>
public sealed class GetStatusEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Status, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetStatus(), cancel)).Http())
        .Describe("getStatus", "Service", "How the market is doing", "Chains, database, matching and swaps, part by part.")
        .Returns(Examples.Status).Refuses(ProblemCodes.ChainUnavailable);
}
