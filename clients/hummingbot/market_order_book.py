"""A book that is kept from its snapshot and changes, and checked after each."""

import dataclasses
import zlib
from decimal import Decimal
from enum import Enum

import market_constants as constants


class OrderBookMessageType(Enum):
    SNAPSHOT = 1
    DIFF = 2
    TRADE = 3


@dataclasses.dataclass
class OrderBookMessage:
    type: OrderBookMessageType
    content: dict
    timestamp: float

    @property
    def update_id(self):
        return self.content["update_id"]


class OrderBookLost(Exception):
    """A change is missing, or the book is not the market's: it must be asked for anew."""


class OrderBook:
    """Prices in bitcoin for a share, amounts in shares."""

    def __init__(self):
        self.snapshot_uid = self.last_diff_uid = 0
        self._sides = {"bids": {}, "asks": {}}

    def apply_snapshot(self, message):
        self._sides = {side: dict(message.content[side]) for side in ("bids", "asks")}
        self.snapshot_uid = self.last_diff_uid = message.update_id
        self._check(message)

    def apply_diffs(self, message):
        if message.update_id != self.last_diff_uid + 1:
            raise OrderBookLost(f"change {message.update_id} came after {self.last_diff_uid}")
        self.last_diff_uid = message.update_id
        for side, levels in self._sides.items():
            for price, amount in message.content[side]:
                if amount:
                    levels[price] = amount
                else:
                    levels.pop(price, None)
        self._check(message)

    def bid_entries(self):
        return self._entries("bids", -1)

    def ask_entries(self):
        return self._entries("asks", 1)

    def get_price(self, is_buy):
        entries = self.ask_entries() if is_buy else self.bid_entries()
        return entries[0][0] if entries else None

    def _entries(self, side, sign):
        entries = sorted(self._sides[side].items(), key=lambda level: sign * level[0])
        return [(Decimal(price) / constants.UNIT, Decimal(amount) / constants.UNIT) for price, amount in entries]

    # Of the ten best of both sides price and quantity as they stand on the wire, in turns.
    def _check(self, message):
        best = [sorted(self._sides[side].items(), key=lambda level, sign=sign: sign * level[0])[:constants.CHECKED_LEVELS]
                for side, sign in (("bids", -1), ("asks", 1))]
        parts = [f"{side[at][0]}:{side[at][1]}" for at in range(constants.CHECKED_LEVELS) for side in best if at < len(side)]
        if zlib.crc32(":".join(parts).encode()) != message.content["checksum"]:
            raise OrderBookLost(f"the checksum of {message.update_id} is another")
