using Microsoft.EntityFrameworkCore;

namespace Market.Api.Data;

/// <summary>The market's tables, all in the schema "market". Each area configures its own rows
/// (<see cref="IEntityTypeConfiguration{TEntity}"/>, found by scanning).</summary>
public sealed class MarketDb(DbContextOptions<MarketDb> options) : DbContext(options)
{
    /// <summary>The schema of all tables.</summary>
    public const string Schema = "market";

    /// <summary>Named values.</summary>
    public DbSet<SettingRow> Settings => Set<SettingRow>();

    /// <summary>Trades.</summary>
    public DbSet<TradeRow> Trades => Set<TradeRow>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(MarketDb).Assembly);
    }
}
