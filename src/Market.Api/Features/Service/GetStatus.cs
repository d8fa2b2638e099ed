using System.Reflection;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.OpenApi;
using Market.Api.Instruments;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Chains;
using Market.Contracts;
using MediatR;

namespace Market.Api.Features.Service;

/// <summary>Asks how the market is doing.</summary>
public sealed record GetStatus : IRequest<Result<ServerStatus>>;

/// <summary>Tells it part by part: what all instruments share, and the parts of each.</summary>
public sealed class GetStatusHandler(
    MarketNetwork network, ServerStart start, InstrumentSet instruments, SwapBoard swaps, Topics topics, DatabasePulse database,
    TimeProvider clock) : IRequestHandler<GetStatus, Result<ServerStatus>>
{
    private static readonly string Version =
        typeof(GetStatusHandler).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <inheritdoc/>
    public async Task<Result<ServerStatus>> Handle(GetStatus request, CancellationToken cancellationToken)
    {
        var all = instruments.All;
        var tips = all.Select(host => host.Tips.Tips).ToList();
        if (tips.Count == 0 || tips.Contains(null))
            return new Refusal(ProblemCodes.ChainUnavailable, "The chains are not open yet.");
        var now = clock.GetUtcNow();
        var first = all[0];
        ComponentStatus[] components =
        [
            Chain(first, ChainName.Mainchain, now) with { Instrument = null }, await DatabaseAsync(cancellationToken),
            .. all.SelectMany(host => new[]
            {
                Chain(host, ChainName.Sharechain, now), Matching(host), Swaps(host), WorkersOf(host),
            }),
        ];
        return new ServerStatus
        {
            Version = Version,
            Network = network.Name,
            StartedAt = start.Time,
            Time = now,
            Health = components.Max(c => c.Health),
            Components = components,
            Chains = [.. tips.OfType<ChainTips>()],
            SwapsMoving = all.Sum(host => swaps.MovingOf(host.Id)),
            StreamClients = topics.Clients,
        };
    }

    private static ComponentStatus Chain(InstrumentHost host, ChainName chain, DateTimeOffset now)
    {
        var name = WireEnum.Name(chain);
        if (host.Tips.VerdictOf(chain) is { Reason: { } reason } verdict) return Part(host, name, verdict.Health, reason);
        var tip = chain == ChainName.Mainchain ? host.Tips.Tips!.Mainchain : host.Tips.Tips!.Sharechain;
        // By the block's own time: when this process first saw it says nothing of the chain.
        var age = now - tip.Time;
        return Part(host, name, Health.Live, $"Block {tip.Height}, {Math.Max(0, (int)age.TotalSeconds)} s ago.");
    }

    private async Task<ComponentStatus> DatabaseAsync(CancellationToken cancel)
    {
        var answers = await database.AnswersAsync(cancel);
        return new ComponentStatus
        {
            Name = "database",
            Health = answers ? Health.Live : Health.Down,
            Detail = answers ? "Answers." : "Does not answer.",
        };
    }

    // A series that is not listed yet or is closed by its rule is well.
    private static ComponentStatus Matching(InstrumentHost host) => host.Series.Shut is { } rule && host.Series.IsKnown
        ? Part(host, "matching", Health.Live, rule.Words)
        : host.Listing is { Status: not InstrumentStatus.Open } shut
        ? Part(host, "matching", Health.Down, shut.StatusReason ?? "No orders are taken.")
        : Part(host, "matching", Health.Live, "Orders are taken.");

    private ComponentStatus Swaps(InstrumentHost host) => host.Swaps.Trouble is { } trouble
        ? Part(host, "swaps", HealthOf(trouble), $"{swaps.MovingOf(host.Id)} moving, and nobody drives them now: {Words(trouble)}")
        : Part(host, "swaps", Health.Live, $"{swaps.MovingOf(host.Id)} moving.");

    private static ComponentStatus WorkersOf(InstrumentHost host) => TroublesOf(host) is { Count: > 0 } troubles
        ? Part(host, "workers", troubles.Max(HealthOf), string.Join(' ', troubles.Select(Words)))
        : Part(host, "workers", Health.Live, "All do what they are there for.");

    private static List<SupervisedFailure> TroublesOf(InstrumentHost host) =>
        [.. host.On.Get<Workers>().Troubles, .. host.Workers.Troubles];

    // What waits goes on by itself; a bug does not.
    private static Health HealthOf(SupervisedFailure trouble) => trouble.IsPassing ? Health.Lagging : Health.Down;

    // What an exception says is for the log: it may name what is nobody's business.
    private static string Words(SupervisedFailure trouble) =>
        trouble.IsPassing ? $"{trouble.Name} waits for what is away." : trouble.Words;

    private static ComponentStatus Part(InstrumentHost host, string name, Health health, string detail) =>
        new() { Name = name, Instrument = host.Id, Health = health, Detail = detail };
}

/// <summary>GET /api/v1/status</summary>
public sealed class GetStatusEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Status, async (IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new GetStatus(), cancel)).Http())
        .Describe("getStatus", "Service", "How the market is doing",
            "Part by part: mainchain and database, and of each instrument its sharechain, matching, swaps and workers.")
        .Returns(Examples.Status).Refuses(ProblemCodes.ChainUnavailable);
}
