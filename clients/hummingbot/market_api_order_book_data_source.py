"""Books and trades (Hummingbot's OrderBookTrackerDataSource)."""

import asyncio
import collections
from datetime import datetime
from decimal import Decimal

import market_constants as constants
from market_order_book import OrderBook, OrderBookLost, OrderBookMessage, OrderBookMessageType
from market_web import WSJSONRequest, rest_url, ws_url

SNAPSHOT, DIFF, TRADE = "snapshot", "diff", "trade"


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class MarketAPIOrderBookDataSource:
    def __init__(self, trading_pairs, api_factory, domain):
        self._trading_pairs = trading_pairs
        self._api_factory = api_factory
        self._domain = domain
        # What was told and nobody has read yet, bounded: who is this late begins with a snapshot.
        self._message_queue = collections.defaultdict(lambda: asyncio.Queue(maxsize=1000))
        self._positions = {}
        self._ws_assistant = None

    async def get_last_traded_prices(self, trading_pairs, domain=None):
        rest = await self._api_factory.get_rest_assistant()
        tickers = {pair: await rest.execute_request(rest_url(self._domain, constants.TICKER_PATH.format(pair)))
                   for pair in trading_pairs}
        return {pair: float(Decimal(ticker["last"]) / constants.UNIT) for pair, ticker in tickers.items() if "last" in ticker}

    async def get_new_order_book(self, trading_pair):
        book = OrderBook()
        book.apply_snapshot(await self._order_book_snapshot(trading_pair))
        return book

    async def _order_book_snapshot(self, trading_pair):
        rest = await self._api_factory.get_rest_assistant()
        answer = await rest.execute_request(rest_url(self._domain, constants.BOOK_PATH.format(trading_pair)))
        return self._message(OrderBookMessageType.SNAPSHOT, trading_pair, answer)

    # -- the stream --

    async def listen_for_subscriptions(self):
        """Follows books and trades until it is cancelled. What broke is opened again, and each channel goes on after the last
        message that was seen of it."""
        while True:
            try:
                self._ws_assistant = await self._connected_websocket_assistant()
                await self._subscribe_channels(self._ws_assistant)
                await self._process_websocket_messages(self._ws_assistant)
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                await asyncio.sleep(1.0)
            finally:
                await self._on_order_stream_interruption(self._ws_assistant)

    async def _connected_websocket_assistant(self):
        ws = await self._api_factory.get_ws_assistant()
        await ws.connect(ws_url(self._domain))
        return ws

    async def _subscribe_channels(self, ws):
        for pair in self._trading_pairs:
            for topic in ("book", "trades"):
                since = self._positions.get(f"{topic}:{pair}")
                await ws.subscribe(WSJSONRequest({
                    "op": "subscribe", "topic": topic, "instrument": pair, **({"since": since} if since else {}),
                }))

    async def resync(self, trading_pair):
        """Asks for one book anew, and for nothing else."""
        self._positions.pop(f"book:{trading_pair}", None)
        try:
            await self._ws_assistant.send(WSJSONRequest({"op": "resync", "topic": "book", "instrument": trading_pair}))
        except OSError:
            # The line broke: the next one subscribes without a position, and begins with a snapshot.
            pass

    async def _process_websocket_messages(self, websocket_assistant):
        async for event in websocket_assistant.iter_messages():
            if event["type"] == "refused":
                raise OSError(f"refused: {event['data']}")
            if "position" in event:
                self._positions[event["channel"]] = event["position"]
            channel = self._channel_originating_message(event)
            if channel is not None:
                await self._message_queue[channel].put(event)

    @staticmethod
    def _channel_originating_message(event):
        if event["topic"] == "book":
            return {"snapshot": SNAPSHOT, "delta": DIFF}.get(event["type"])
        return TRADE if event["topic"] == "trades" and event["type"] == "update" else None

    async def _on_order_stream_interruption(self, websocket_assistant):
        if websocket_assistant is not None:
            await websocket_assistant.disconnect()

    async def listen_for_order_book_snapshots(self, ev_loop, output):
        while True:
            event = await self._message_queue[SNAPSHOT].get()
            output.put_nowait(self._message(OrderBookMessageType.SNAPSHOT, event["instrument"], event["data"]))

    async def listen_for_order_book_diffs(self, ev_loop, output):
        while True:
            event = await self._message_queue[DIFF].get()
            output.put_nowait(self._message(OrderBookMessageType.DIFF, event["instrument"], event["data"]))

    async def listen_for_trades(self, ev_loop, output):
        while True:
            event = await self._message_queue[TRADE].get()
            trade = event["data"]
            output.put_nowait(OrderBookMessage(OrderBookMessageType.TRADE, {
                "trading_pair": event["instrument"], "trade_id": trade["id"], "update_id": event["sequence"],
                "trade_type": trade["takerSide"], "status": trade["status"],
                "price": Decimal(trade["price"]) / constants.UNIT, "amount": Decimal(trade["quantity"]) / constants.UNIT,
            }, seconds(trade["time"])))

    @staticmethod
    def _message(kind, pair, book):
        levels = {side: [(int(level["price"]), int(level["quantity"])) for level in book[side]] for side in ("bids", "asks")}
        return OrderBookMessage(
            kind, {"trading_pair": pair, "update_id": book["sequence"], "checksum": book["checksum"], **levels},
            seconds(book["time"]))


class OrderBookTracker:
    """Keeps the books (Hummingbot's OrderBookTracker)."""

    def __init__(self, data_source, trading_pairs):
        self._data_source = data_source
        self.order_books = {pair: OrderBook() for pair in trading_pairs}
        self.repairs = 0
        self._waiting = {pair: [] for pair in trading_pairs}
        self._is_synced = dict.fromkeys(trading_pairs, False)
        self._tasks = []

    @property
    def ready(self):
        return all(self._is_synced.values())

    def start(self):
        queue = asyncio.Queue()
        source = self._data_source
        self._tasks = [asyncio.ensure_future(task) for task in (
            source.listen_for_subscriptions(), source.listen_for_order_book_snapshots(None, queue),
            source.listen_for_order_book_diffs(None, queue), self._track(queue))]

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _track(self, queue):
        while True:
            message = await queue.get()
            pair = message.content["trading_pair"]
            book = self.order_books[pair]
            try:
                if message.type == OrderBookMessageType.SNAPSHOT:
                    book.apply_snapshot(message)
                    self._is_synced[pair] = True
                    waiting, self._waiting[pair] = self._waiting[pair], []
                    for diff in waiting:
                        self._apply(book, diff)
                elif self._is_synced[pair]:
                    self._apply(book, message)
                else:
                    # Snapshots and changes come by two queues: a change may be ahead of the snapshot that it follows.
                    self._waiting[pair] = [*self._waiting[pair], message][-1000:]
            except OrderBookLost:
                self.repairs += 1
                self._is_synced[pair] = False
                self._waiting[pair] = []
                await self._data_source.resync(pair)

    @staticmethod
    def _apply(book, diff):
        if diff.update_id > book.last_diff_uid:
            book.apply_diffs(diff)
