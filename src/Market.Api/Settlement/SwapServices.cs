using Market.Api.Data;
using Market.Api.Standing;
using Market.Api.Trading;

namespace Market.Api.Settlement;

/// <summary>Registers swaps.</summary>
public static class SwapServices
{
    /// <summary>Adds what the swaps of all instruments share.</summary>
    public static IServiceCollection AddSharedSwaps(this IServiceCollection services)
    {
        services.AddSingleton<SwapIds>();
        services.AddSingleton<Waits>();
        services.AddSingleton<SwapBoard>();
        return services;
    }

    /// <summary>Adds the coordinator of one instrument and what it needs.</summary>
    public static IServiceCollection AddSwaps(this IServiceCollection services)
    {
        services.AddSingleton<SwapTally>();
        services.AddSingleton<SwapStanding>();
        services.AddSingleton<SwapStore>();
        services.AddSingleton<SwapWatch>();
        services.AddSingleton<SwapLives>();
        services.AddSingleton<TradeEnds>();
        services.AddSingleton<ITradeSink, SwapOpener>();
        services.AddSingleton<SwapCoordinator>();
        services.AddHostedService(provider => provider.GetRequiredService<SwapCoordinator>());
        return services;
    }
}
