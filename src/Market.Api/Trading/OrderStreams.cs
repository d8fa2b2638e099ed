using Market.Api.Data;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Trading;

/// <summary>What the private streams of orders and fills begin with.</summary>
internal sealed class OrderStreams(Topics topics, IDbContextFactory<MarketDb> database) : IHostedService
{
    /// <summary>Fills that a stream begins with.</summary>
    public const int NewestFills = 100;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        topics.RegisterPrivate(Channels.Orders, async (key, cancel) =>
        {
            await using var db = await database.CreateDbContextAsync(cancel);
            return await OrderQueries.OpenAsync(db, key, cancel);
        });
        topics.RegisterPrivate(Channels.Fills, async (key, cancel) =>
        {
            await using var db = await database.CreateDbContextAsync(cancel);
            var read = await FillQueries.ReadAsync(
                db, key, FillFilter.All, PageCursor.Newest, NewestFills, cancel);
            return read.Select(one => one.Fill).ToList();
        });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
