using FluentValidation;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Doors.OpenApi;
using Market.Api.Results;
using Market.Api.Standing;
using Market.Contracts;
using Market.Standing;
using MediatR;

namespace Market.Api.Features.Auth;

/// <summary>An account wants an API key.</summary>
public sealed record CreateApiKeyRequest(string Key, CreateApiKey Body) : IRequest<Result<CreatedApiKey>>;

/// <summary>Shape of the request.</summary>
public sealed class CreateApiKeyValidator : AbstractValidator<CreateApiKeyRequest>
{
    /// <summary>The rules.</summary>
    public CreateApiKeyValidator(TimeProvider clock)
    {
        RuleFor(r => r.Body.Scopes).Must(scopes => scopes.Count > 0 && scopes.Distinct().Count() == scopes.Count)
            .WithMessage($"names 1 or more of {WireEnum.Names<ApiKeyScope>()}, each once");
        RuleFor(r => r.Body.Label).Must(label => label is null || IsLabel(label))
            .WithMessage($"must be 1 to {CreateApiKey.LongestLabel} printable ASCII characters");
        RuleFor(r => r.Body.ExpiresAt).Must(at => at is null || (at > clock.GetUtcNow() && at <= Latest(clock)))
            .WithMessage($"must be after now, by {CreateApiKey.MostDays} days at most");
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= CreateApiKey.LongestLabel && label.All(c => c is >= ' ' and <= '~');

    private static DateTimeOffset Latest(TimeProvider clock) => clock.GetUtcNow().AddDays(CreateApiKey.MostDays);
}

/// <summary>Makes it.</summary>
public sealed class CreateApiKeyHandler(ApiKeys keys, StandingBook standing)
    : IRequestHandler<CreateApiKeyRequest, Result<CreatedApiKey>>
{
    /// <inheritdoc/>
    public Task<Result<CreatedApiKey>> Handle(CreateApiKeyRequest request, CancellationToken cancellationToken) => keys.CreateAsync(
        request.Key, request.Body, account => standing.TierOf(account) > Tier.Newcomer);
}

/// <summary>POST /api/v1/auth/api-keys</summary>
public sealed class CreateApiKeyEndpoint : IEndpoint
{
    /// <inheritdoc/>
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(Routes.ApiKeys, async (CreateApiKey body, Caller caller, IMediator mediator, CancellationToken cancel) =>
            (await mediator.Send(new CreateApiKeyRequest(caller.Key, body), cancel)).Http(StatusCodes.Status201Created))
        .Weighs(CallWeight.Middling)
        .Describe("createApiKey", "Auth", "An API key of the own account",
            "For bots and dashboards that shall not have the account's own key. Scopes: read (what is the account's, and its "
            + "private streams), trade (place, amend and cancel orders, the dead man's switch), swap (give keys for swaps, decline "
            + "them); none gives another, and none gives sessions, API keys, transfers of credits or stakes. The secret is told "
            + $"now and never again. A key lasts {CreateApiKey.UsualDays} days, or up to expiresAt, {CreateApiKey.MostDays} days "
            + $"at most; an account has at most {ApiKeys.MostOfAccount}. Where the market keeps as many keys as it does, one of an "
            + $"account without standing that was not used for {ApiKeys.Idle.TotalHours} h may give way to a new one. The same "
            + "request again makes another key.")
        .Takes(ApiKeyExamples.Create).Returns(ApiKeyExamples.Created, StatusCodes.Status201Created)
        .Refuses(ProblemCodes.ValidationFailed, ProblemCodes.TooManyApiKeys).RequireAccount();
}
