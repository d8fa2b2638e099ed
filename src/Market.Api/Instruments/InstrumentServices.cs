using Market.Api.Analytics;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Settlement;
using Market.Api.Standing;
using Market.Api.Trading;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Instruments;

/// <summary>Puts the instruments together: each in a container of its own, which has what all share from the server's.</summary>
public static class InstrumentServices
{
    /// <summary>Adds what the instruments share, and one host an instrument.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="chains">The chains of each instrument; the mainchain is the same in all.</param>
    /// <param name="adjust">Lets tests add or replace parts of an instrument.</param>
    public static IServiceCollection AddInstruments(
        this IServiceCollection services, IReadOnlyList<ChainPair> chains, Action<IServiceCollection>? adjust = null)
    {
        services.AddSingleton<Topics>();
        services.AddSingleton<ChainWatchers>();
        services.AddSharedSwaps();
        services.AddSharedTrading();
        services.AddSingleton(root => new InstrumentSet([.. chains.Select(pair => Open(root, pair, adjust))]));
        services.AddHostedService(root => root.GetRequiredService<InstrumentSet>());
        return services;
    }

    private static InstrumentHost Open(IServiceProvider root, ChainPair chains, Action<IServiceCollection>? adjust)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(root.GetRequiredService<ILoggerFactory>());
        Share<TimeProvider>();
        Share<NpgsqlDataSource>();
        Share<IDbContextFactory<MarketDb>>();
        Share<Topics>();
        Share<ChainWatchers>();
        Share<SwapIds>();
        Share<Waits>();
        Share<SwapBoard>();
        Share<Promises>();
        services.AddSingleton(chains);
        services.AddSingleton(MarketInstrument.Of(root.GetRequiredService<MarketNetwork>(), chains.Shares.Profile));
        services.AddSingleton<Workers>();
        services.AddSingleton<MarketFeed>();
        services.AddSingleton<TipWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<TipWatch>());
        services.AddSingleton<Explorer>();
        services.AddSingleton<DiscountModel>();
        services.AddHostedService<DiscountWatch>();
        services.AddSwaps();
        services.AddTrading();
        services.AddBacking();
        adjust?.Invoke(services);
        return new InstrumentHost(services.BuildServiceProvider());

        // An instance, not a factory: whoever made it disposes of it.
        void Share<T>() where T : class => services.AddSingleton(root.GetRequiredService<T>());
    }
}
