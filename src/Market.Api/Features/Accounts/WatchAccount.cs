using Market.Api.Instruments;
using Market.Api.Data;
using Market.Api.Doors.Clients;
using Market.Api.Results;
using Market.Api.Settlement;
using Market.Api.Trading;
using Market.Contracts;
using Market.Web;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace Market.Api.Features.Accounts;

/// <summary>Asks for the public side of an account in an instrument, by its key: the pages' route.</summary>
public sealed record WatchAccount(string Instrument, string Key) : IRequest<Result<WatchedAccount>>;

/// <summary>Reads its orders that are not done and its newest swaps.</summary>
public sealed class WatchAccountHandler(
    InstrumentSet instruments, SwapBoard swaps, StandingWords standing, IDbContextFactory<MarketDb> database)
    : IRequestHandler<WatchAccount, Result<WatchedAccount>>
{
    private const int WatchedOrders = 200;
    private const int WatchedSwaps = 50;

    /// <inheritdoc/>
    public async Task<Result<WatchedAccount>> Handle(WatchAccount request, CancellationToken cancellationToken)
    {
        if (instruments.WhyUnknown(request.Instrument) is { } unknown) return unknown;
        var (instrument, key) = (request.Instrument, request.Key);
        await using var db = await database.CreateDbContextAsync(cancellationToken);
        var orders = await db.Set<OrderRow>().AsNoTracking()
            .Where(o => o.Instrument == instrument && o.Key == key && o.Live
                && (o.Remaining > 0 || (o.InSwap > 0 && o.InSwap + o.Settled == o.Quantity)))
            .OrderByDescending(o => o.Id).Take(WatchedOrders).ToListAsync(cancellationToken);
        var own = await db.Set<SwapRow>().AsNoTracking()
            .Where(s => s.Instrument == instrument && (s.SellerKey == key || s.BuyerKey == key))
            .OrderByDescending(s => s.Number).Take(WatchedSwaps).ToListAsync(cancellationToken);
        return new WatchedAccount
        {
            Key = key,
            Standing = standing.Of(key),
            Orders = [.. orders.Select(o => new WatchedOrder
            {
                Id = DecimalStrings.Format(o.Id), Side = o.Side == 0 ? Side.Buy : Side.Sell, Price = new Price(o.Price),
                Quantity = new Quantity(o.Quantity), Remaining = new Quantity(o.Remaining),
                Status = OrderMapping.StatusOf(o), CreatedAt = o.CreatedAt,
            })],
            Swaps = [.. own.Select(s => new WatchedSwap
            {
                Role = SwapBoard.RoleOf(s, key)!.Value, Swap = swaps.Summarize(s),
            })],
        };
    }
}
