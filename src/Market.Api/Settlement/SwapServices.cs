

using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Standing;
using Market.Api.Trading;

namespace Market.Api.Settlement;

/// <summary>Registers swaps.</summary>
public static class SwapServices
{
    /// <summary>Adds the coordinator and what it needs.</summary>
    public static IServiceCollection AddSwaps(this IServiceCollection services)
    {
        services.AddSingleton<SwapIds>();
        services.AddSingleton<SwapClock>();
        services.AddSingleton<Waits>();
        services.AddSingleton<SwapTally>();
        services.AddSingleton<SwapStanding>();
        services.AddSingleton<SwapStore>();
        services.AddSingleton<SwapWatch>();
        services.AddSingleton<TradeEnds>();
        services.AddSingleton<SwapBoard>();
        services.AddSingleton<ITradeSink, SwapOpener>();
        services.AddSingleton(provider => new SwapView(
            provider.GetRequiredService<ChainPair>(), provider.GetRequiredService<MarketNetwork>().Name));
        services.AddSingleton<SwapCoordinator>();
        services.AddHostedService(provider => provider.GetRequiredService<SwapCoordinator>());
        return services;
    }
}
