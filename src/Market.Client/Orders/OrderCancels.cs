using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Orders;

/// <summary>Cancels orders, whatever becomes of the answers, and frees their coins as soon as it is known.</summary>
/// <param name="api">The market, with the wallet's account.</param>
/// <param name="coins">Frees the coins.</param>
/// <param name="clock">Tells the time.</param>
public sealed class OrderCancels(MarketApi api, OrderCoins coins, TimeProvider clock)
{
    private const int MostPages = 100;

    /// <summary>Cancels an order. One that is cancelled already is answered as such; a lost answer is asked for again.</summary>
    /// <param name="id">The market's id, or "client:" and the client's.</param>
    /// <param name="instrument">The instrument in which the market's id is good; null for its only one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MarketApiException">The market has no such order, or it is filled.</exception>
    /// <exception cref="AnswerLostException">Whether it is cancelled is not known: do the same again.</exception>
    public async Task<Order> CancelAsync(
        string id, string? instrument = null, CancellationToken cancellation = default)
    {
        var order = await RepeatAsync(() => CancelOnceAsync(id, instrument, cancellation), cancellation).ConfigureAwait(false);
        await coins.TryReleaseAsync(order, cancellation).ConfigureAwait(false);
        return order;
    }

    /// <summary>Cancels several orders, each by itself.</summary>
    /// <param name="ids">The market's ids, or "client:" and the client's.</param>
    /// <param name="instrument">The instrument in which the market's ids are good; null for its only one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>For each its order, cancelled now or before, or why it is not.</returns>
    /// <exception cref="AnswerLostException">Whether they are cancelled is not known: do the same again.</exception>
    public async Task<IReadOnlyList<CancelledAnswer>> CancelSeveralAsync(
        IReadOnlyList<string> ids, string? instrument = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var answers = new List<CancelledAnswer>();
        foreach (var some in ids.Chunk(CancelOrders.Most))
        {
            var which = new CancelOrders { Orders = [.. some.Select(id => new OrderName { Id = id, Instrument = instrument })] };
            var told = await RepeatAsync(() => api.CancelOrdersAsync(which, cancellation), cancellation).ConfigureAwait(false);
            if (told.Answers.Count != some.Length)
            {
                throw new AnswerLostException($"Of {some.Length} orders the market answered {told.Answers.Count}.");
            }

            foreach (var (id, answer) in some.Zip(told.Answers))
            {
                answers.Add(answer.Problem?.Code == ProblemCodes.OrderClosed
                    ? await WhetherCancelledAsync(id, instrument, answer, cancellation).ConfigureAwait(false)
                    : answer);
            }
        }

        foreach (var order in answers.Select(answer => answer.Order).OfType<Order>())
        {
            await coins.TryReleaseAsync(order, cancellation).ConfigureAwait(false);
        }

        return answers;
    }

    /// <summary>Cancels all open orders of an instrument. Those in others of the same account stand, and an instrument that has
    /// stopped keeps no other from its cancels.</summary>
    /// <param name="instrument">Its id: a wallet's is that of its sharechain.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Those that are cancelled by it, also where the answer that named them was lost.</returns>
    /// <exception cref="AnswerLostException">Whether they are cancelled is not known: do the same again.</exception>
    public async Task<IReadOnlyList<Order>> CancelAllAsync(string instrument, CancellationToken cancellation = default)
    {
        var before = await OpenAsync(instrument, cancellation).ConfigureAwait(false);
        var which = new CancelAllOrders { Instrument = instrument };
        var answered = await RepeatAsync(() => api.CancelAllAsync(which, cancellation), cancellation).ConfigureAwait(false);
        var cancelled = answered.Orders.ToDictionary(KeyOf);
        foreach (var order in before.Where(order => !cancelled.ContainsKey(KeyOf(order))))
        {
            // A lost answer may have named it.
            var now = await api.GetOrderAsync(order.Id, order.Instrument, cancellation).ConfigureAwait(false);
            if (now.Status == OrderStatus.Cancelled)
            {
                cancelled[KeyOf(now)] = now;
            }
        }

        foreach (var order in cancelled.Values)
        {
            await coins.TryReleaseAsync(order, cancellation).ConfigureAwait(false);
        }

        return [.. cancelled.Values];
    }

    private static (string Instrument, string Id) KeyOf(Order order) => (order.Instrument, order.Id);

    private async Task<List<Order>> OpenAsync(string instrument, CancellationToken cancellation)
    {
        var open = new List<Order>();
        string? cursor = null;
        for (var pages = 0; pages == 0 || (cursor is not null && pages < MostPages); pages++)
        {
            var page = await api.GetOrdersAsync(OrderStatus.Open, null, cursor, cancellation).ConfigureAwait(false);
            open.AddRange(page.Items.Where(order => order.Instrument == instrument));
            cursor = page.NextCursor;
        }

        return open;
    }

    private async Task<Order> CancelOnceAsync(string id, string? instrument, CancellationToken cancellation)
    {
        try
        {
            return await api.CancelOrderAsync(id, instrument, cancellation).ConfigureAwait(false);
        }
        catch (MarketApiException e) when (e.Code == ProblemCodes.OrderClosed)
        {
            // It may be this very cancel that closed it: a refusal of a repetition is no answer to the first.
            var order = await api.GetOrderAsync(id, instrument, cancellation).ConfigureAwait(false);
            if (order.Status == OrderStatus.Cancelled)
            {
                return order;
            }

            throw;
        }
    }

    // A cancel whose answer was lost may have closed it.
    private async Task<CancelledAnswer> WhetherCancelledAsync(
        string id, string? instrument, CancelledAnswer answer, CancellationToken cancellation)
    {
        var order = await api.GetOrderAsync(id, instrument, cancellation).ConfigureAwait(false);
        return order.Status == OrderStatus.Cancelled ? new CancelledAnswer { Order = order } : answer;
    }

    private Task<T> RepeatAsync<T>(Func<Task<T>> call, CancellationToken cancellation) =>
        LostAnswers.RepeatAsync(call, clock, cancellation);
}
