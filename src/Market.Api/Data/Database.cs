using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
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

    /// <summary>Statements that a connection has the database keep ready, unless the connection string says how many: those of a
    /// batch of the journal, and the commonest reads.</summary>
    public const int KeptPlans = 32;

    /// <summary>The connection string with which the server works: statements that come again and again are planned once.</summary>
    /// <param name="connectionString">As it was given.</param>
    public static string WithPlans(string connectionString)
    {
        var said = new DbConnectionStringBuilder { ConnectionString = connectionString };
        return said.ContainsKey("Max Auto Prepare") || said.ContainsKey("MaxAutoPrepare")
            ? connectionString
            : new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = KeptPlans }.ConnectionString;
    }

    /// <summary>Adds the pool of connections and the context.</summary>
    public static void AddDatabase(this IServiceCollection services, string connectionString)
    {
        services.AddSingleton(_ => NpgsqlDataSource.Create(WithPlans(connectionString)));
        // The pool is found among the services: were it named here, every database of a process would have the model and each query
        // made for it alone. That the migrations come to the model the tests ask, and not every server that starts.
        services.AddDbContextFactory<MarketDb>(options => options
            .UseNpgsql(Options)
            .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)));
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
