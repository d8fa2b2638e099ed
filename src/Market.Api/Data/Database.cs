using System.Security.Cryptography;
using System.Text;
using Market.Api.Auth;
using Market.Api.Features.Swaps;
using Market.Api.Hosting;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;

namespace Market.Api.Data;

/// <summary>Opens the database, brings its tables up to date and reads what the server keeps there.</summary>
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

    /// <summary>Runs the migrations and loads secret and instance id, making them at the first start.</summary>
    /// <exception cref="StartupException">The database belongs to another network.</exception>
    public static async Task PrepareAsync(IServiceProvider services, CancellationToken cancel)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MarketDb>>()
            .CreateDbContextAsync(cancel);
        await db.Database.MigrateAsync(cancel);
        var network = Encoding.UTF8.GetBytes(services.GetRequiredService<ServerOptions>().Network);
        var stored = await EnsureAsync(db, SettingRow.Network, network, cancel);
        if (!stored.AsSpan().SequenceEqual(network))
            throw new StartupException($"The database belongs to the network {Encoding.UTF8.GetString(stored)}.");
        services.GetRequiredService<ServerSecret>().Restore(
            await EnsureAsync(db, SettingRow.Secret, RandomNumberGenerator.GetBytes(32), cancel));
        await services.GetRequiredService<SignedOut>().LoadAsync(db, cancel);
        services.GetRequiredService<SwapIds>().Restore(
            await EnsureAsync(db, SettingRow.Instance, RandomNumberGenerator.GetBytes(16), cancel));
    }

    private static async Task<byte[]> EnsureAsync(MarketDb db, string name, byte[] first, CancellationToken cancel)
    {
        var row = await db.Settings.SingleOrDefaultAsync(s => s.Name == name, cancel);
        if (row is not null) return row.Value;
        db.Settings.Add(new SettingRow { Name = name, Value = first });
        await db.SaveChangesAsync(cancel);
        return first;
    }
}
