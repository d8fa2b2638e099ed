using Market.Api.Analytics;
using Market.Api.Chains;
using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Settlement;
using Market.Api.Standing;
using Market.Api.Trading;
using Market.Chains;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Market.Api.Instruments;

/// <summary>
/// Puts the instruments together, in containers one upon the other: what is the server's, what is a pair of chains', and what is
/// one instrument's.
/// </summary>
public static class InstrumentServices
{
    /// <summary>Adds what the instruments share, one host a pair of chains, and the instruments on them.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="chains">The pairs of chains; the mainchain is the same in all.</param>
    /// <param name="adjust">Lets tests add or replace parts of a pair of chains and of an instrument.</param>
    public static IServiceCollection AddInstruments(
        this IServiceCollection services, IReadOnlyList<ChainPair> chains, Action<IServiceCollection>? adjust = null)
    {
        services.AddSingleton(new StandingChains(chains));
        services.AddSingleton(root => new StandingVerdicts(
            chain => root.GetRequiredService<InstrumentSet>().Chains.All(host => IsLive(host, chain))));
        services.AddSingleton<Topics>();
        services.AddSingleton<ChainWatchers>();
        services.AddSingleton<ChainIndexes>();
        services.AddSharedSwaps();
        services.AddSharedTrading();
        services.AddSingleton<SeriesTopic>();
        services.AddSingleton(root => new InstrumentSet(
            [.. chains.Select(pair => OpenChains(root, pair, adjust))], (host, market) => Open(root, host, market, adjust),
            root.GetRequiredService<MarketNetwork>()));
        services.AddHostedService(root => root.GetRequiredService<InstrumentSet>());
        services.AddSingleton<SeriesKeeper>();
        services.AddHostedService(root => root.GetRequiredService<SeriesKeeper>());
        services.AddSingleton<DeadManSwitch>();
        services.AddHostedService(root => root.GetRequiredService<DeadManSwitch>());
        return services;
    }

    // A chain that a pair does not have is none of its verdicts' business.
    private static bool IsLive(ChainHost host, IChain chain)
    {
        var name = ChainPair.NameOf(chain.Kind);
        if (host.Chains.Of(name).Name != chain.Name) return true;
        var verdicts = host.Get<ChainVerdicts>();
        return verdicts.IsKnown(name) && verdicts.Of(name).Health == Health.Live;
    }

    private static ChainHost OpenChains(IServiceProvider root, ChainPair chains, Action<IServiceCollection>? adjust)
    {
        var services = Begin(root);
        services.AddSingleton(chains);
        services.AddSingleton(new Workers(chains.Shares.Name));
        services.AddSingleton<TipWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<TipWatch>());
        services.AddSingleton<Explorer>();
        services.AddHostedService<ExplorerStart>();
        services.AddSingleton<SwapClock>();
        services.AddSingleton(new SwapView(chains, root.GetRequiredService<MarketNetwork>().Name));
        services.AddChainLooks();
        adjust?.Invoke(services);
        return new ChainHost(services.BuildServiceProvider());
    }

    private static InstrumentHost Open(
        IServiceProvider root, ChainHost chains, MarketInstrument market, Action<IServiceCollection>? adjust)
    {
        var services = Begin(root);
        services.AddSingleton(chains.Chains);
        Share<TipWatch>();
        Share<Explorer>();
        Share<ChainVerdicts>();
        Share<BackingChains>();
        Share<SwapClock>();
        Share<SwapView>();
        services.AddSingleton(market);
        services.AddSingleton(new SeriesGate(market.Series is not null));
        services.AddSingleton(new Workers(market.Id));
        services.AddSingleton<MarketFeed>();
        services.AddSingleton<InstrumentTips>();
        services.AddSingleton<DiscountModel>();
        services.AddHostedService<DiscountWatch>();
        services.AddHostedService<ReadingLog>();
        services.AddSwaps();
        services.AddTrading();
        services.AddBacking();
        adjust?.Invoke(services);
        return new InstrumentHost(services.BuildServiceProvider(), chains);

        // An instance, not a factory: whoever made it disposes of it.
        void Share<T>() where T : class => services.AddSingleton(chains.Get<T>());
    }

    private static ServiceCollection Begin(IServiceProvider root)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(root.GetRequiredService<ILoggerFactory>());
        Share<TimeProvider>();
        Share<NpgsqlDataSource>();
        Share<IDbContextFactory<MarketDb>>();
        Share<Topics>();
        Share<ChainWatchers>();
        Share<ChainIndexes>();
        Share<SwapIds>();
        Share<Waits>();
        Share<OrderLimits>();
        Share<StandingHistory>();
        Share<SwapBoard>();
        Share<Promises>();
        return services;

        void Share<T>() where T : class => services.AddSingleton(root.GetRequiredService<T>());
    }
}
