using Market.Api.Backing;

namespace Market.Api.Journal;

/// <summary>Registers matching, its journal, and the orders' coins.</summary>
internal static class TradingServices
{
    /// <summary>Adds the sequencer and what orders need. The host adds an <see cref="IOutpointSource"/>.</summary>
    public static IServiceCollection AddTrading(this IServiceCollection services)
    {
        services.AddSingleton<Sequencer>();
        services.AddHostedService(provider => provider.GetRequiredService<Sequencer>());
        services.AddSingleton<AccountDirectory>();
        services.AddSingleton<BackingCheck>();
        return services;
    }
}
