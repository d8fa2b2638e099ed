using Microsoft.EntityFrameworkCore;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;

namespace Market.Api.Data;

/// <summary>How the database is opened, and what of it is asked for by name.</summary>
public static class Database
{
    /// <summary>Where the list of migrations stands.</summary>
    public static void Options(NpgsqlDbContextOptionsBuilder npgsql)
    {
        ArgumentNullException.ThrowIfNull(npgsql);
        npgsql.MigrationsHistoryTable("migrations", MarketDb.Schema);
    }

    /// <summary>Adds the pool of connections and the context.</summary>
    public static void AddDatabase(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        services.AddDbContextFactory<MarketDb>((provider, options) =>
            options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>(), Options));
    }

    /// <summary>The value of a name; the first to ask writes it.</summary>
    public static async Task<byte[]> EnsureAsync(MarketDb db, string name, byte[] first, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var row = await db.Settings.SingleOrDefaultAsync(s => s.Name == name, cancel);
        if (row is not null) return row.Value;
        db.Settings.Add(new SettingRow { Name = name, Value = first });
        await db.SaveChangesAsync(cancel);
        return first;
    }
}
