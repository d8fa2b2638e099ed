using Market.Client.Api;
using Market.Client.Orders;
using Market.Contracts;

namespace Market.Client.Tests.Orders;

/// <summary>Amending and cancelling: what became of it is asked for, never guessed.</summary>
public sealed partial class OrderDeskTests
{
    [Fact]
    public async Task Of_several_cancels_each_is_answered_and_one_whose_answer_was_lost_is_cancelled()
    {
        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        _market.Fate = (method, number) => method == HttpMethod.Delete && number == 1 ? Way.LostAfter : Way.Well;

        var answers = await _desk.Cancels.CancelSeveralAsync([$"client:{id}", "client:none"], null, Now);

        Assert.Equal((OrderStatus.Cancelled, ProblemCodes.UnknownOrder), (answers[0].Order!.Status, answers[1].Problem!.Code));
        Assert.Empty(_market.Open);
        Assert.False(IsPromised);
    }

    [Fact]
    public async Task An_amended_order_may_trade_at_its_new_price_before_the_market_is_told_of_it()
    {
        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        var known = new List<long>();
        _market.Fate = (method, number) =>
        {
            if (method != HttpMethod.Patch)
            {
                return Way.Well;
            }

            known.Add(_log.Find(id)!.Price.Sats);
            return number == 1 ? Way.LostAfter : Way.Well;
        };

        var amended = await Amends.AmendAsync($"client:{id}", new AmendOrder { Price = new Price(97_000) }, null, Now);

        Assert.Equal((97_000L, 97_000L), (amended.Order.Price.Sats, Assert.Single(_market.Open).Price.Sats));
        Assert.Equal([97_000L, 97_000], known);
    }

    [Fact]
    public async Task What_the_market_refuses_changes_no_terms_and_its_word_for_what_an_order_was_is_not_taken()
    {
        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        _market.Change(id, order => order with { Price = new Price(1) });
        await Amends.AmendAsync($"client:{id}", new AmendOrder { Quantity = new Quantity(Wish.Quantity.Units * 2) }, null, Now);
        Assert.Equal((Wish.Price, Wish.Quantity.Units * 2), (_log.Find(id)!.Price, _log.Find(id)!.Quantity.Units));

        _market.Fate = (method, _) => method == HttpMethod.Patch ? Way.Refused : Way.Well;
        await Assert.ThrowsAsync<MarketApiException>(
            () => Amends.AmendAsync($"client:{id}", new AmendOrder { Price = new Price(5) }, null, Now));
        Assert.Equal(Wish.Price, _log.Find(id)!.Price);
    }

    [Fact]
    public async Task A_refusal_of_a_repeated_amendment_takes_no_terms_back_since_the_first_may_have_been_taken()
    {
        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        _market.Fate = (method, number) => method != HttpMethod.Patch ? Way.Well : number == 1 ? Way.LostAfter : Way.Refused;
        await Assert.ThrowsAsync<MarketApiException>(
            () => Amends.AmendAsync($"client:{id}", new AmendOrder { Price = new Price(97_000) }, null, Now));
        Assert.Equal((97_000L, 97_000L), (_log.Find(id)!.Price.Sats, Assert.Single(_market.Open).Price.Sats));
    }

    [Fact]
    public async Task An_order_that_follows_face_value_is_held_to_its_worst_price_whatever_it_stands_at()
    {
        var placed = await _desk.PlaceAsync(Wish with { Discount = new DiscountFactor(970_000) }, Now);
        var id = placed.Order.ClientOrderId;
        Assert.Equal("0.97", Assert.Single(_market.Open).Discount.ToString());
        _market.Change(id, order => order with { Price = new Price(1) });
        Assert.Equal(Wish.Price, _log.Find(id)!.Price);
        await Amends.AmendAsync($"client:{id}", new AmendOrder { Discount = new DiscountFactor(900_000) }, null, Now);
        Assert.Equal((Wish.Price, "0.9"), (_log.Find(id)!.Price, Assert.Single(_market.Open).Discount.ToString()));
    }

    [Fact]
    public async Task The_same_wish_at_another_part_of_face_value_is_another_order()
    {
        await _desk.GetInstrumentFirstAsync(_market);
        _market.Fate = (_, _) => Way.LostBefore;
        var wish = Wish with { Discount = new DiscountFactor(970_000) };
        var unknown = await Assert.ThrowsAsync<OrderUnknownException>(() => _desk.PlaceAsync(wish, Now));
        _market.Fate = (_, _) => Way.Well;
        var other = await _desk.PlaceAsync(wish with { Discount = new DiscountFactor(980_000) }, Now);
        Assert.NotEqual(unknown.ClientOrderId, other.Order.ClientOrderId);
        Assert.Equal(unknown.ClientOrderId, (await _desk.PlaceAsync(wish, Now)).Order.ClientOrderId);
    }

    [Fact]
    public async Task Fewer_answers_than_cancels_are_no_answer()
    {
        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        _market.AnswersLeftOut = 1;
        await Assert.ThrowsAsync<AnswerLostException>(
            () => _desk.Cancels.CancelSeveralAsync([$"client:{id}", "client:none"], null, Now));
    }

    [Fact]
    public async Task An_order_that_this_wallet_did_not_send_is_not_amended_by_it()
    {
        var id = (await _desk.PlaceAsync(Wish, Now)).Order.ClientOrderId;
        var others = new OrderAmends(_api, Path.Combine(_folder, "other", "orders.jsonl"), _clock);
        await Assert.ThrowsAsync<KeyNotFoundException>(
            () => others.AmendAsync($"client:{id}", new AmendOrder { Price = new Price(5) }, null, Now));
        Assert.Equal(Wish.Price, Assert.Single(_market.Open).Price);
    }

    [Theory]
    [InlineData(Way.Well)]
    [InlineData(Way.LostAfter)]
    [InlineData(Way.LostBefore)]
    [InlineData(Way.BadGateway)]
    public async Task A_cancelled_order_frees_its_coins_as_soon_as_it_is_known(Way way)
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        _market.Fate = (method, number) => method == HttpMethod.Delete && number == 1 ? way : Way.Well;

        var cancelled = await _desk.CancelAsync(placed.Order, Now);

        Assert.Equal(OrderStatus.Cancelled, cancelled.Status);
        Assert.False(IsPromised);
    }

    [Fact]
    public async Task A_cancel_that_gets_no_answer_is_not_told_as_a_refusal()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        _market.Fate = (method, _) => method == HttpMethod.Delete ? Way.LostBefore : Way.Well;

        await Assert.ThrowsAsync<AnswerLostException>(() => _desk.CancelAsync(placed.Order, Now));

        Assert.True(IsPromised);
    }

    [Fact]
    public async Task An_order_is_cancelled_in_the_instrument_that_it_stands_in_wherever_the_desk_has_turned()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        _desk.TurnTo("P2POOLV2-4-BTC");

        Assert.Equal(OrderStatus.Cancelled, (await _desk.CancelAsync(placed.Order, Now)).Status);
        Assert.False(IsPromised);
    }

    [Fact]
    public async Task A_filled_order_cannot_be_cancelled()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        Fill(placed.Order, OrderStatus.Filled);

        var refused = await Assert.ThrowsAsync<MarketApiException>(() => _desk.CancelAsync(placed.Order, Now));

        Assert.Equal(ProblemCodes.OrderClosed, refused.Code);
    }

    [Theory]
    [InlineData(Way.Well)]
    [InlineData(Way.LostAfter)]
    public async Task All_are_cancelled_and_named_whatever_became_of_the_answer(Way way)
    {
        var first = await _desk.PlaceAsync(Wish, Now);
        var second = await _desk.PlaceAsync(Wish with { Price = new Price(99_000) }, Now);
        _market.Fate = (method, number) => method == HttpMethod.Post && number == 3 ? way : Way.Well;

        var cancelled = await _desk.Cancels.CancelAllAsync(_desk.InstrumentId, Now);

        Assert.Equal(
            new[] { first.Order.Id, second.Order.Id }.Order(), cancelled.Select(order => order.Id).Order());
        Assert.False(IsPromised);
    }

    [Theory]
    [InlineData(Way.Well)]
    [InlineData(Way.LostAfter)]
    public async Task All_are_those_of_the_wallets_instrument_and_no_other_of_the_same_account(Way way)
    {
        var own = await _desk.PlaceAsync(Wish, Now);
        var other = await _desk.PlaceAsync(Wish with { Price = new Price(99_000) }, Now);
        _market.Change(other.Order.ClientOrderId, order => order with { Instrument = "OTHER-BTC" });
        _market.Fate = (method, number) => method == HttpMethod.Post && number == 3 ? way : Way.Well;

        var cancelled = await _desk.Cancels.CancelAllAsync(_desk.InstrumentId, Now);

        Assert.Equal(own.Order.Id, Assert.Single(cancelled).Id);
        Assert.Equal("OTHER-BTC", Assert.Single(_market.Open).Instrument);
    }

    [Fact]
    public async Task Coins_stay_promised_while_a_swap_of_a_closed_order_moves_or_is_not_known()
    {
        var placed = await _desk.PlaceAsync(Wish, Now);
        Fill(placed.Order, OrderStatus.Cancelled);
        _market.Moving.Add("swap-1");
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);

        var fills = _market.Fills.ToList();
        _market.Moving.Clear();
        _market.Fills.Clear();
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);

        // The order of this number in another instrument is another order.
        _market.Fills.AddRange(fills.Select(fill => fill with { Instrument = "P2SHARE-K20-BTC" }));
        await _desk.ReconcileAsync(Now);
        Assert.True(IsPromised);

        _market.Fills.Clear();
        _market.Fills.AddRange(fills);
        await _desk.ReconcileAsync(Now);
        Assert.False(IsPromised);
    }
}
