using System.Security.Cryptography;
using System.Text;
using Market.Api.Data;
using Market.Api.Instruments;
using Market.Api.Results;
using Market.Api.Trading;
using Market.Contracts;
using Market.Trading;
using Microsoft.EntityFrameworkCore;
using Engine = Market.Trading;

namespace Market.Api.Features.Orders;

/// <summary>An order that is checked, and what it takes to give it to a sequencer and to answer.</summary>
/// <param name="Request">As it was sent.</param>
/// <param name="Sequencer">Where it goes.</param>
/// <param name="Command">What the engine is told.</param>
/// <param name="Draft">What the engine does not need to know.</param>
public sealed record CheckedOrder(PlaceOrderRequest Request, Sequencer Sequencer, Command Command, OrderDraft Draft);

/// <summary>Checks new orders and their coins before the sequencer has them, and answers with what became of them.</summary>
public sealed class OrderPlacer(
    InstrumentSet instruments, AccountDirectory accounts, IDbContextFactory<MarketDb> database)
{
    /// <summary>The order, ready for its sequencer; or the answer, where it is refused or was placed before.</summary>
    public async Task<(CheckedOrder? Ready, Result<PlaceOrderAnswer> Answer)> CheckAsync(
        PlaceOrderRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var order = request.Body;
        var found = instruments.Find(order.Instrument);
        if (found.Refusal is { } unknown) return (null, unknown);
        var host = found.Value;
        var text = Encoding.UTF8.GetBytes(OrderText.Of(host.Market.Network, request.Key, order));
        var body = SHA256.HashData(text)[..16];
        // Whether this is a repetition the sequencer says, which looks for all that it takes at once; while it takes nothing, the
        // table is asked here.
        if (host.Sequencer.State != SequencerState.Running && await FindFirstAsync(request, body, cancellationToken) is { } first)
            return (null, first);
        var refusal = BookRules.Definition.Rules.Judge(order.WorstPrice.Sats, order.Quantity.Units);
        if (refusal != Reason.None) return (null, OrderMapping.ToRefusal(refusal));
        var mostWorth = host.Series.Shut is null ? host.Series.MostWorth : null;
        // At its own price, or its worst, so that no coins are looked up in vain; what it may trade at is asked in its turn.
        if (OrderCheck.TooLarge(host.Id, mostWorth, order.WorstPrice.Sats, order.Quantity.Units) is { } tooLarge)
            return (null, await FindFirstAsync(request, body, cancellationToken) ?? tooLarge);
        var side = OrderMapping.Of(order.Side);
        var hold = BackingCheck.HoldOf(order);
        var coins = hold == CoinHold.Whole
            ? await host.Backing.RunAsync(order, side, text, cancellationToken)
            : await host.Backing.ProvedAsync(request.Key, order, side, cancellationToken);
        if (coins.Refusal is { } missing)
        {
            // The first order's own swap may have spent the coins by now: a repetition is answered all the same.
            return (null, await FindFirstAsync(request, body, cancellationToken) ?? missing);
        }
        var account = await accounts.GetAsync(request.Key, cancellationToken);
        if (!ClientOrderId.TryParse(order.ClientOrderId, out var name))
            throw new InvalidOperationException("The order's name has a shape that was not let through.");
        var command = Command.Limit(account, side, order.WorstPrice.Sats, order.Quantity.Units,
            OrderMapping.TimeOf(order), OrderMapping.FlagsOf(order), name, BitConverter.ToUInt128(body),
            (Engine.SelfTradePrevention)order.SelfTradePrevention, order.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0) with
        {
            Type = (Engine.OrderType)order.Type,
        };
        var draft = new OrderDraft(request.Key, order.ClientOrderId, body, coins.Value)
        {
            MostWorth = mostWorth,
            Discount = order.Discount,
            WorstPrice = order.WorstPrice.Sats,
            Hold = hold,
        };
        return (new CheckedOrder(request, host.Sequencer, command, draft), default);
    }

    /// <summary>What became of an order in its sequencer.</summary>
    public async Task<Result<PlaceOrderAnswer>> AnswerAsync(CheckedOrder order, Result<Outcome> result, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (result.Refusal is { } refusal)
        {
            return refusal.Code == ProblemCodes.TradingPaused && order.Sequencer.Reason is { } why
                ? refusal with { Detail = $"{why} Only cancels are taken now." }
                : refusal;
        }
        if (!result.Value.First.Exists)
            return new PlaceOrderAnswer(new PlacedOrder { Order = result.Value.Orders[0], Fills = result.Value.Fills }, true);
        return await FindFirstAsync(order.Request, order.Draft.Body, cancel)
            ?? throw new InvalidOperationException($"The journal has order {result.Value.First}, the table has not.");
    }

    /// <summary>The order already placed under this name: itself if the body is the same, else the refusal.</summary>
    private async Task<Result<PlaceOrderAnswer>?> FindFirstAsync(
        PlaceOrderRequest request, byte[] body, CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        var row = await OrderQueries.FindAsync(
            db, null, request.Key, OrderQueries.ClientPrefix + request.Body.ClientOrderId, cancel);
        if (row is null) return null;
        if (!row.Body.AsSpan().SequenceEqual(body)) return OrderMapping.ToRefusal(Reason.ClientIdReused);
        var order = (await OrderQueries.ToContractsAsync(db, [row], cancel))[0];
        var trades = await db.Trades.AsNoTracking()
            .Where(t => t.Instrument == row.Instrument && t.TakerOrder == row.Id).OrderBy(t => t.Id).ToListAsync(cancel);
        return new PlaceOrderAnswer(new PlacedOrder
        {
            Order = order,
            Fills = [.. trades.Select(t => OrderMapping.ToFill(t, maker: false, row.ClientOrderId))],
        }, false);
    }
}
