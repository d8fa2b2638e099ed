"""Where things are and how they are called at the market."""

EXCHANGE_NAME = "market"
REST_PREFIX = "/api/v1"
WS_PATH = "/api/v1/ws"

SERVER_TIME_PATH = "/time"
INSTRUMENTS_PATH = "/instruments"
TICKER_PATH = "/instruments/{}/ticker"
BOOK_PATH = "/instruments/{}/book"
ACCOUNT_PATH = "/auth/account"
ORDERS_PATH = "/orders"
ORDER_PATH = "/orders/{}"
FILLS_PATH = "/fills"

# Satoshis in a bitcoin, and base units in a share.
UNIT = 100_000_000
CHECKED_LEVELS = 10
HEARTBEAT_SECONDS = 20.0
LONGEST_MESSAGE = 16 * 1024 * 1024

# An order that is settling trades no more: its swaps run.
ORDER_STATE = {"open": "OPEN", "settling": "FILLED", "filled": "FILLED", "cancelled": "CANCELED"}
