using Market.Api.Chains;
using Market.Api.Data;
using Market.Chains;

namespace Market.Api.Trading;

/// <summary>Registers matching, its journal, and the orders' coins.</summary>
internal static class TradingServices
{
    /// <summary>Adds what the orders of all instruments share.</summary>
    public static IServiceCollection AddSharedTrading(this IServiceCollection services)
    {
        services.AddSingleton<Promises>();
        services.AddSingleton<OutpointDesk>();
        services.AddSingleton<OwnLegsReader>();
        services.AddSingleton<AccountDirectory>();
        services.AddHostedService<OrderStreams>();
        return services;
    }

    /// <summary>Adds the sequencer of one instrument and what its orders need.</summary>
    public static IServiceCollection AddTrading(this IServiceCollection services)
    {
        services.AddSingleton<InstrumentListing>();
        services.AddSingleton(provider => BookRules.Of(provider.GetRequiredService<MarketInstrument>()));
        services.AddSingleton<Sequencer>();
        services.AddHostedService(provider => provider.GetRequiredService<Sequencer>());
        services.AddSingleton<BackingCheck>();
        return services;
    }

    /// <summary>Looks at both chains of a pair for all instruments that are traded on them.</summary>
    public static IServiceCollection AddChainLooks(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var pair = provider.GetRequiredService<ChainPair>();
            return new BackingChains([pair.Main, pair.Shares]);
        });
        services.AddSingleton<ChainVerdicts>();
        services.AddSingleton<IReadOnlyList<ChainSight>>(provider =>
        {
            var pair = provider.GetRequiredService<ChainPair>();
            var clock = provider.GetRequiredService<TimeProvider>();
            return
            [
                .. provider.GetRequiredService<BackingChains>().All.Select(chain => new ChainSight(
                    chain, ChainPair.NameOf(chain.Kind), pair.SpacingOf(ChainPair.NameOf(chain.Kind)),
                    chain.Kind == ChainKind.Mainchain ? pair.Second : null, clock)),
            ];
        });
        services.AddHostedService<ChainLooks>();
        return services;
    }

    /// <summary>Looks coins up on an instrument's chains, watches them, and halts trading while a chain is away or lags.</summary>
    public static IServiceCollection AddBacking(this IServiceCollection services)
    {
        services.AddSingleton<IOutpointSource, ChainOutpointSource>();
        services.AddSingleton<IOwnLegs, OwnLegsReader>();
        services.AddHostedService<BackingWatch>();
        services.AddHostedService<ChainGate>();
        return services;
    }
}
