"""Signs requests with an API key (Hummingbot's AuthBase)."""

import hashlib
import hmac
import time
from urllib.parse import urlsplit

import market_constants as constants


class MarketAuth:
    """An API key with the scopes read and trade. Each request needs a timestamp of its own; where the clock is off, time_offset
    (seconds) sets it."""

    def __init__(self, api_key, secret_key, host):
        self.api_key = api_key
        self.secret_key = secret_key
        self.host = host.lower()
        self.time_offset = 0.0
        self._last = 0

    def timestamp(self):
        """Milliseconds, later than the last ones."""
        self._last = max(self._last + 1, int((time.time() + self.time_offset) * 1000))
        return str(self._last)

    def forget(self):
        """Timestamps before now do not count: the clock was set."""
        self._last = 0

    def signature(self, method, path, query, timestamp, body=b""):
        text = "\n".join([
            "market/request/v2", self.host, method, path, query, timestamp, hashlib.sha256(body).hexdigest(), "",
        ])
        return hmac.new(self.secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()

    async def rest_authenticate(self, request):
        url = urlsplit(request.url)
        timestamp = self.timestamp()
        request.headers["Market-Api-Key"] = self.api_key
        request.headers["Market-Timestamp"] = timestamp
        request.headers["Market-Signature"] = self.signature(request.method, url.path, url.query, timestamp, request.data)
        return request

    async def ws_authenticate(self, request):
        timestamp = self.timestamp()
        request.payload.update({
            "op": "auth", "key": self.api_key, "timestamp": timestamp,
            "signature": self.signature("GET", constants.WS_PATH, "", timestamp),
        })
        return request
