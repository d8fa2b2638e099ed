namespace Market.Api.Standing;

/// <summary>Registers what is known of keys: the same for all instruments.</summary>
public static class StandingServices
{
    /// <summary>Adds the book of standing and who writes it.</summary>
    public static IServiceCollection AddStanding(this IServiceCollection services)
    {
        services.AddSingleton<StandingHistory>();
        services.AddSingleton<StandingBook>();
        services.AddSingleton<CreditTransfers>();
        services.AddSingleton<OrderLimits>();
        services.AddSingleton<StandingKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<StandingKeeper>());
        services.AddSingleton<BondDesk>();
        services.AddSingleton<PuzzleChecker>();
        services.AddSingleton<WorkTemplates>();
        services.AddSingleton<TicketDesk>();
        services.AddSingleton<HighestSeen>();
        services.AddSingleton<HoldWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<HoldWatch>());
        return services;
    }
}
