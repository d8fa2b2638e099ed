using System.Security.Cryptography;
using System.Text;
using Market.Api.Data;
using Market.Api.Doors.Auth;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Hosting;

/// <summary>Brings the tables up to date, and gives the parts of the server what is kept there for them.</summary>
public static class DatabaseStart
{
    /// <summary>Nobody would drive what is under way in an instrument that is not opened.</summary>
    /// <exception cref="StartupException">Orders live or swaps run in an instrument that is not among these.</exception>
    public static async Task CheckInstrumentsAsync(MarketDb db, IReadOnlyList<string> opened, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(db);
        var moving = (await UnderWay.OfAsync(db, cancel)).Except(opened, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal).ToList();
        if (moving.Count > 0)
        {
            throw new StartupException($"Orders or swaps are under way in {string.Join(", ", moving)}: name the sharechain with "
                + "--sharechain beside the others.");
        }
    }

    /// <summary>Runs the migrations and loads secret and instance id, making them at the first start.</summary>
    /// <exception cref="StartupException">The database belongs to another network.</exception>
    public static async Task PrepareAsync(IServiceProvider services, CancellationToken cancel)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<MarketDb>>()
            .CreateDbContextAsync(cancel);
        await db.Database.MigrateAsync(cancel);
        var network = Encoding.UTF8.GetBytes(services.GetRequiredService<MarketNetwork>().Name);
        var stored = await Database.EnsureAsync(db, SettingRow.Network, network, cancel);
        if (!stored.AsSpan().SequenceEqual(network))
            throw new StartupException($"The database belongs to the network {Encoding.UTF8.GetString(stored)}.");
        services.GetRequiredService<ServerSecret>().Restore(
            await Database.EnsureAsync(db, SettingRow.Secret, RandomNumberGenerator.GetBytes(32), cancel));
        await services.GetRequiredService<SignedOut>().LoadAsync(db, cancel);
        await services.GetRequiredService<UsedRequests>().LoadAsync(db, cancel);
        await services.GetRequiredService<ApiKeys>().LoadAsync(db, cancel);
        services.GetRequiredService<SwapIds>().Restore(
            await Database.EnsureAsync(db, SettingRow.Instance, RandomNumberGenerator.GetBytes(16), cancel));
    }
}
