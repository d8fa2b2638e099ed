using FluentValidation;
using Market.Api.Data;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Contracts;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Audit;

/// <summary>Asks for refusals.</summary>
public sealed record GetRefusals(string Caller, string? Key, string? Code, int Limit, string? Cursor)
    : IRequest<Result<Page<AuditedRefusal>>>
{
    /// <summary>Asked with an API key, which is no operator's: it reads what is the account's.</summary>
    public bool ByApiKey { get; init; }
}

/// <summary>Shape of the request.</summary>
public sealed class GetRefusalsValidator : AbstractValidator<GetRefusals>
{
    /// <summary>The rules.</summary>
    public GetRefusalsValidator()
    {
        RuleFor(r => r.Limit).PageSize();
        RuleFor(r => r.Cursor).Cursor();
        RuleFor(r => r.Key!).XOnlyKey().When(r => r.Key is not null);
        RuleFor(r => r.Code).Must(code => code is null || ProblemCodes.All.Contains(code)).WithMessage("must be a problem code");
    }
}

/// <summary>Reads them: an operator everybody's, a key its own.</summary>
public sealed class GetRefusalsHandler(IDbContextFactory<MarketDb> database, Operator whoOperates)
    : IRequestHandler<GetRefusals, Result<Page<AuditedRefusal>>>
{
    /// <inheritdoc/>
    public async Task<Result<Page<AuditedRefusal>>> Handle(GetRefusals request, CancellationToken cancellationToken)
    {
        var operates = !request.ByApiKey && whoOperates.Key == request.Caller;
        if (!operates && request.Key is { } other && other != request.Caller)
            return new Refusal(ProblemCodes.Forbidden, "Only the operator reads the refusals of other keys.");
        var key = operates ? request.Key : request.Caller;
        var before = Paging.Before(request.Cursor);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var rows = await db.Set<RefusalRow>().AsNoTracking()
            .Where(r => r.Id < before && (key == null || r.Key == key) && (request.Code == null || r.Code == request.Code))
            .OrderByDescending(r => r.Id).Take(request.Limit + 1).ToListAsync(cancellationToken);
        return Paging.Of([.. rows.Select(r => ToContract(r, operates))], request.Limit, r => r.Id);
    }

    private static AuditedRefusal ToContract(RefusalRow row, bool operates) => new()
    {
        Id = row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Time = row.Time,
        Key = row.Key,
        Address = operates ? row.Address : null,
        Method = row.Method,
        Path = row.Path,
        Code = row.Code,
        Detail = row.Detail,
        TraceId = row.TraceId,
        Dropped = row.Dropped,
    };
}

/// <summary>GET /api/v1/audit/refusals</summary>
public sealed class GetRefusalsEndpoint : IEndpoint
{
    private static readonly Page<AuditedRefusal> Example = new()
    {
        Items =
        [
            new AuditedRefusal
            {
                Id = "4711", Time = new DateTimeOffset(2026, 3, 14, 15, 9, 26, TimeSpan.Zero), Key = new string('a', 64),
                Address = "203.0.113.7", Method = "POST", Path = Routes.Orders, Code = ProblemCodes.OutpointNotOwned,
                Detail = "The key or signature given for an outpoint is wrong.", TraceId = "0HN1:00000001", Dropped = 0,
            },
        ],
        NextCursor = "4711",
    };

    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Routes.Refusals, async (Caller caller, IMediator mediator, CancellationToken cancel,
                string? key = null, string? code = null, string? cursor = null, int limit = ServerLimits.DefaultPageSize) =>
            (await mediator.Send(
                new GetRefusals(caller.Key, key, code, limit, cursor) { ByApiKey = caller.ApiKey is not null }, cancel)).Http())
        .Weighs(CallWeight.Middling)
        .Describe("getRefusals", "Service", "Requests that were refused, newest first",
            "Everybody sees the refusals of the own key; the operator's key sees all, with the addresses they came from, but not "
            + "by an API key. Written within a second of the answer.")
        .Returns(Example).Refuses(ProblemCodes.ValidationFailed, ProblemCodes.Forbidden).RequireAccount();
}
