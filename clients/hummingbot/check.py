"""Tries the connector whole. The wallet is whoever started this: what is to be signed goes out as a line of JSON, the proofs come
back as one. Usage: check.py DOMAIN PAIR; the first line of the input is {"key": ..., "secret": ...}. Prints one line at the end."""

import asyncio
import json
import sys
from decimal import Decimal

from market_exchange import MarketExchange
from market_web import MarketError

PATIENCE = 100.0
PAUSE = 0.02


def ask(line):
    print(json.dumps(line), flush=True)
    return json.loads(sys.stdin.readline())


async def sign_order(draft):
    outpoint = ask({"coin": draft["asset"], "amount": draft["amount"]})
    return ask({"sign": draft["text"]([outpoint]), "outpoint": outpoint})


async def until(is_so, what):
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not is_so():
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(what)
        await asyncio.sleep(PAUSE)


async def main(domain, pair):
    key = json.loads(sys.stdin.readline())
    exchange = MarketExchange(key["key"], key["secret"], sign_order, [pair], domain)
    await exchange.check_network()
    await exchange.start_network()
    await until(lambda: exchange.ready, "the book is there")
    book = exchange.order_books[pair]

    best = book.get_price(is_buy=True)
    taken = await exchange.buy("hb-take", pair, Decimal("1.0000000049"), "LIMIT", best)
    assert taken.current_state == "FILLED", taken
    assert taken.fills and taken.executed_amount_base == 1, taken

    made = await exchange.sell("hb-make", pair, Decimal(2), "LIMIT_MAKER", best + Decimal("0.0000002"))
    # The own offer comes back by the stream of the book.
    await until(lambda: (made.price, Decimal(2)) in book.ask_entries(), "the offer stands in the book")
    await exchange._update_balances()
    locked = {asset: str(amount) for asset, amount in exchange.account_locked.items()}

    ask({"take": "hb-make"})
    await until(lambda: made.current_state == "PARTIALLY_FILLED" and made.fills, "the stream tells of the fill")
    fills = await exchange._all_trade_updates_for_order(made)
    assert [fill["amount"] for fill in fills] == [Decimal(1)], fills
    assert await exchange.cancel(pair, "hb-make")
    assert not await exchange.cancel(pair, "hb-take"), "what is filled is not cancelled"
    try:
        await exchange.sell("hb-crosses", pair, Decimal(1), "LIMIT_MAKER", Decimal("0.00096"))
        raise AssertionError("An order that would trade stood.")
    except MarketError as refused:
        code = refused.code

    # A book that went wrong is found and asked for anew.
    repairs = exchange.order_book_tracker.repairs
    book.last_diff_uid -= 1
    ask({"move": True})
    await until(lambda: exchange.order_book_tracker.repairs > repairs and exchange.ready, "the book is whole again")
    await exchange.stop_network()
    print(json.dumps({
        "orders": {name: order.current_state for name, order in exchange.in_flight_orders.items()},
        "locked": locked, "refused": code, "bids": [[str(price), str(amount)] for price, amount in book.bid_entries()],
        "last": await exchange._get_last_traded_price(pair),
    }))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
