using Market.Contracts;

namespace Market.Api.Features.Auth;

/// <summary>Examples of API keys for the OpenAPI document.</summary>
internal static class ApiKeyExamples
{
    private static readonly DateTimeOffset Then = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Body of createApiKey.</summary>
    public static CreateApiKey Create { get; } = new()
    {
        Scopes = [ApiKeyScope.Read, ApiKeyScope.Trade],
        Label = "quotes",
        ExpiresAt = Then.AddDays(30),
    };

    /// <summary>A key.</summary>
    public static ApiKey Key { get; } = new()
    {
        Id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        Label = "quotes",
        Scopes = [ApiKeyScope.Read, ApiKeyScope.Trade],
        CreatedAt = Then,
        ExpiresAt = Then.AddDays(30),
        LastUsedAt = Then.AddHours(1),
    };

    /// <summary>What making it gave.</summary>
    public static CreatedApiKey Created { get; } = new()
    {
        Key = Key with { LastUsedAt = null },
        Account = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        Secret = string.Concat(Enumerable.Repeat("0123456789abcdef", 4)),
    };
}
