"""The market as a connector: the methods that Hummingbot's ExchangePyBase asks of one, without its base class.

Nothing is deposited: an order names coins of the wallet, and the address of each signs the order's text (BIP322, simple form).
`sign_order(draft)` is given what is signed and answers with proofs: [{"outpoint": "txid:index", "signature": "smp..."}]. Where it
is None, orders draw on coins that were proved once. `notes` is a file in which each order is written down before it is sent:
without it the agent drives none of its swaps.
"""

import asyncio
import dataclasses
import datetime
import json
import os
from decimal import Decimal, ROUND_DOWN
from urllib.parse import quote, urlsplit

import market_constants as constants
from market_api_order_book_data_source import MarketAPIOrderBookDataSource, OrderBookTracker, seconds
from market_api_user_stream_data_source import MarketAPIUserStreamDataSource, UserStreamTracker
from market_auth import MarketAuth
from market_web import MarketError, WebAssistantsFactory, rest_url

# What Hummingbot asks of the errors that it knows.
NOT_FOUND, CLOSED, SETTLING, CLOCK_SKEW = "unknownOrder", "orderClosed", "orderSettling", "clockSkew"
DUPLICATE = "duplicateClientOrderId"

NOTED = ("clientOrderId", "instrument", "side", "price", "quantity", "timeInForce")


def append_line(path, line):
    """Appends a line of JSON, on disk when it returns. The end before it closes one that a crash cut short."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, mode=0o700, exist_ok=True)
    text = f"\n{json.dumps({**line, 'notedAt': now})}\n".encode()
    for name, flags, data in (
            (path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, text), (folder, os.O_RDONLY, b"")):
        file = os.open(name, flags, 0o600)
        try:
            if data and os.write(file, data) != len(data):
                raise OSError(f"{path} takes no more")
            os.fsync(file)
        finally:
            os.close(file)


@dataclasses.dataclass
class TradingRule:
    trading_pair: str
    min_order_size: Decimal
    max_order_size: Decimal
    min_price_increment: Decimal
    min_base_amount_increment: Decimal
    min_notional_size: Decimal


@dataclasses.dataclass
class InFlightOrder:
    client_order_id: str
    trading_pair: str
    trade_type: str
    order_type: str
    amount: Decimal
    price: Decimal
    exchange_order_id: str = None
    current_state: str = "PENDING_CREATE"
    executed_amount_base: Decimal = Decimal(0)
    fills: dict = dataclasses.field(default_factory=dict)


class MarketExchange:
    def __init__(self, market_api_key, market_secret_key, sign_order, trading_pairs, domain="http://127.0.0.1:8080",
                 notes=None):
        self._sign_order = sign_order
        self._notes = notes
        self._trading_pairs = trading_pairs
        self._domain = domain
        self._auth = MarketAuth(market_api_key, market_secret_key, urlsplit(domain).netloc)
        self._web_assistants_factory = WebAssistantsFactory(self._auth)
        source = MarketAPIOrderBookDataSource(trading_pairs, self._web_assistants_factory, domain)
        self.order_book_tracker = OrderBookTracker(source, trading_pairs)
        self._user_stream_tracker = UserStreamTracker(MarketAPIUserStreamDataSource(
            self._web_assistants_factory, domain, self._update_time_synchronizer))
        self.trading_rules = {}
        self.in_flight_orders = {}
        # Base and quote that stand behind open orders: what else there is, the wallet knows.
        self.account_locked = {}
        self._network = self._account = None
        self._listener = None

    @property
    def name(self):
        return constants.EXCHANGE_NAME

    @property
    def order_books(self):
        return self.order_book_tracker.order_books

    @property
    def ready(self):
        return bool(self.trading_rules) and self.order_book_tracker.ready

    def supported_order_types(self):
        return ["LIMIT", "LIMIT_MAKER"]

    async def start_network(self):
        await self._update_time_synchronizer()
        await self._update_trading_rules()
        self._account = (await self._get(constants.ACCOUNT_PATH, is_auth_required=True))["key"]
        self.order_book_tracker.start()
        self._user_stream_tracker.start()
        self._listener = asyncio.ensure_future(self._user_stream_event_listener())

    async def stop_network(self):
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
            await self.order_book_tracker.stop()
            await self._user_stream_tracker.stop()

    async def check_network(self):
        await self._get(constants.SERVER_TIME_PATH)
        return "CONNECTED"

    def quantize_order_price(self, trading_pair, price):
        return self._down(price, self.trading_rules[trading_pair].min_price_increment)

    def quantize_order_amount(self, trading_pair, amount):
        return self._down(amount, self.trading_rules[trading_pair].min_base_amount_increment)

    async def buy(self, order_id, trading_pair, amount, order_type, price):
        return await self._create_order("BUY", order_id, trading_pair, amount, order_type, price)

    async def sell(self, order_id, trading_pair, amount, order_type, price):
        return await self._create_order("SELL", order_id, trading_pair, amount, order_type, price)

    async def cancel(self, trading_pair, client_order_id):
        order = self.in_flight_orders[client_order_id]
        return await self._place_cancel(client_order_id, order)

    # -- what ExchangePyBase asks for --

    async def _create_order(self, trade_type, order_id, trading_pair, amount, order_type, price):
        order = InFlightOrder(
            order_id, trading_pair, trade_type, order_type, self.quantize_order_amount(trading_pair, amount),
            self.quantize_order_price(trading_pair, price))
        is_new = order_id not in self.in_flight_orders
        self.in_flight_orders[order_id] = order
        try:
            order.exchange_order_id, _ = await self._place_order(
                order_id, trading_pair, order.amount, trade_type, order_type, order.price)
        except MarketError as refused:
            order.current_state = "FAILED"
            # What is refused for certain was never placed: nobody else shall place it by the same id. One sent before may stand.
            if is_new and refused.code != DUPLICATE and 400 <= refused.problem.get("status", 0) < 500:
                await self._note({"clientOrderId": order_id, "void": True})
            raise
        return order

    async def _place_order(self, order_id, trading_pair, amount, trade_type, order_type, price):
        """Sent again after a lost answer it is the same order: its client order id says so."""
        order = {
            "clientOrderId": order_id, "instrument": trading_pair, "side": trade_type.lower(), "type": "limit",
            "price": self._whole(price), "quantity": self._whole(amount), "timeInForce": "gtc",
            "postOnly": order_type == "LIMIT_MAKER", "selfTradePrevention": "cancelNewest",
        }

        def text(outpoints):
            return "\n".join([
                "market/order/v1", f"network={self._network}", f"account={self._account}", f"clientOrderId={order_id}",
                f"instrument={trading_pair}", f"side={order['side']}", "type=limit", f"price={order['price']}",
                f"quantity={order['quantity']}", "timeInForce=gtc", f"postOnly={str(order['postOnly']).lower()}",
                "selfTradePrevention=cancelNewest", f"outpoints={','.join(outpoints)}", "",
            ])

        draft = {"order": order, "text": text, **self._gives(order)}
        proofs = [] if self._sign_order is None else await self._sign_order(draft)
        await self._note({**{name: order[name] for name in NOTED}, "proved": not proofs})
        answer = await self._send("POST", constants.ORDERS_PATH, {**order, "outpoints": proofs})
        for fill in answer["fills"]:
            self._process_fill(fill)
        self._process_order(answer["order"])
        return answer["order"]["id"], seconds(answer["order"]["createdAt"])

    async def _note(self, line):
        """What the agent holds swaps against (docs/orders.md#orders-of-other-programs), on disk before the market is asked."""
        if self._notes is not None:
            await asyncio.get_running_loop().run_in_executor(None, append_line, self._notes, line)

    async def _place_cancel(self, order_id, tracked_order):
        try:
            answer = await self._send("DELETE", self._path_of(order_id))
        except MarketError as refused:
            if refused.code not in (NOT_FOUND, CLOSED, SETTLING):
                raise
            answer = await self._get(self._path_of(order_id), is_auth_required=True)
        self._process_order(answer)
        return tracked_order.current_state == "CANCELED"

    async def _update_time_synchronizer(self):
        loop = asyncio.get_running_loop()
        before = loop.time()
        answer = await self._get(constants.SERVER_TIME_PATH)
        self._auth.time_offset = 0.0
        own = int(self._auth.timestamp()) / 1000 - (loop.time() - before) / 2
        self._auth.time_offset = seconds(answer["time"]) - own
        # What was stamped to learn that says nothing of the market's time.
        self._auth.forget()

    async def _update_trading_rules(self):
        instruments = await self._get(constants.INSTRUMENTS_PATH)
        self.trading_rules = {rule.trading_pair: rule for rule in self._format_trading_rules(instruments)}
        self._network = instruments[0]["network"]
        missing = [pair for pair in self._trading_pairs if pair not in self.trading_rules]
        if missing:
            raise ValueError(f"The market does not trade {', '.join(missing)}.")

    def _format_trading_rules(self, instruments):
        def part(text):
            return Decimal(text) / constants.UNIT

        return [TradingRule(
            one["id"], part(one["rules"]["minQuantity"]), part(one["rules"]["maxQuantity"]), part(one["rules"]["tickSize"]),
            part(one["rules"]["lotSize"]), part(one["rules"]["minNotional"])) for one in instruments]

    async def _update_balances(self):
        page = await self._get(constants.ORDERS_PATH, {"status": "open", "limit": 500}, is_auth_required=True)
        locked = {}
        for order in page["items"]:
            gives = self._gives({**order, "quantity": order["remaining"]})
            locked[gives["asset"]] = locked.get(gives["asset"], Decimal(0)) + Decimal(gives["amount"]) / constants.UNIT
        self.account_locked = locked

    async def _request_order_status(self, tracked_order):
        self._process_order(await self._get(self._path_of(tracked_order.client_order_id), is_auth_required=True))
        return tracked_order.current_state

    async def _all_trade_updates_for_order(self, order):
        page = await self._get(constants.FILLS_PATH, {
            "order": order.exchange_order_id, "instrument": order.trading_pair, "limit": 500}, is_auth_required=True)
        for fill in page["items"]:
            self._process_fill(fill)
        return list(order.fills.values())

    async def _get_last_traded_price(self, trading_pair):
        rest = await self._web_assistants_factory.get_rest_assistant()
        return (await rest.execute_request(rest_url(self._domain, constants.TICKER_PATH.format(trading_pair)))).get("last")

    async def _user_stream_event_listener(self):
        while True:
            event = await self._user_stream_tracker.user_stream.get()
            items = event["data"] if event["type"] == "snapshot" else [event["data"]]
            for item in items:
                if event["channel"] == "orders":
                    self._process_order(item)
                elif event["channel"] == "fills":
                    self._process_fill(item)

    # -- how it is done --

    def _process_order(self, told):
        order = self.in_flight_orders.get(told["clientOrderId"])
        if order is None:
            return
        order.exchange_order_id = told["id"]
        order.executed_amount_base = order.amount - Decimal(told["remaining"]) / constants.UNIT
        state = constants.ORDER_STATE[told["status"]]
        if state == "CANCELED":
            order.executed_amount_base = sum((fill["amount"] for fill in order.fills.values()), Decimal(0))
        elif state == "OPEN" and order.executed_amount_base:
            state = "PARTIALLY_FILLED"
        order.current_state = state

    # A trade counts until its swap fails: then it is withdrawn.
    def _process_fill(self, told):
        order = self.in_flight_orders.get(told["clientOrderId"])
        if order is None:
            return
        if told["status"] == "withdrawn":
            order.fills.pop(told["tradeId"], None)
        else:
            order.fills[told["tradeId"]] = {
                "price": Decimal(told["price"]) / constants.UNIT, "amount": Decimal(told["quantity"]) / constants.UNIT,
                "status": told["status"], "swap": told.get("swapId"),
            }

    def _gives(self, order):
        base, quote_asset = order["instrument"].rsplit("-", 1)
        if order["side"] == "sell":
            return {"asset": base, "amount": order["quantity"]}
        worth = -(-int(order["price"]) * int(order["quantity"]) // constants.UNIT)
        return {"asset": quote_asset, "amount": str(worth)}

    @staticmethod
    def _down(value, step):
        return (value / step).to_integral_value(rounding=ROUND_DOWN) * step

    @staticmethod
    def _whole(value):
        return str(int(value * constants.UNIT))

    @staticmethod
    def _path_of(client_order_id):
        return constants.ORDER_PATH.format(quote(f"client:{client_order_id}", safe=""))

    async def _get(self, path, params=None, is_auth_required=False):
        return await self._ask(path, "GET", params=params, is_auth_required=is_auth_required)

    async def _send(self, method, path, data=None):
        return await self._ask(path, method, data=data, is_auth_required=True)

    # A clock that runs differently is set anew, once: what was refused for that was not done.
    async def _ask(self, path, method, **what):
        rest = await self._web_assistants_factory.get_rest_assistant()
        try:
            return await rest.execute_request(rest_url(self._domain, path), method, **what)
        except MarketError as refused:
            if refused.code != CLOCK_SKEW:
                raise
            await self._update_time_synchronizer()
            return await rest.execute_request(rest_url(self._domain, path), method, **what)
