"""REST and WebSocket with what Python brings along, by the names of Hummingbot's WebAssistantsFactory, which is to take their
place within Hummingbot: what it wants besides, such as the limits of its throttler, is left out."""

import asyncio
import base64
import dataclasses
import hashlib
import json
import os
import struct
import urllib.error
import urllib.request
from urllib.parse import urlencode, urlsplit

import market_constants as constants

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
REST_TIMEOUT = 30.0


class MarketError(IOError):
    """The market refuses something: programs decide by the code."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('code')}: {problem.get('detail') or problem.get('title')}")
        self.problem = problem
        self.code = problem.get("code")


@dataclasses.dataclass
class RESTRequest:
    method: str
    url: str
    data: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class WSJSONRequest:
    payload: dict


class RESTAssistant:
    def __init__(self, auth=None):
        self._auth = auth

    async def execute_request(self, url, method="GET", params=None, data=None, is_auth_required=False):
        """The answer's JSON.

        :raises MarketError: it is refused.
        """
        request = RESTRequest(method, url + ("?" + urlencode(params) if params else ""))
        if data is not None:
            request.data = json.dumps(data).encode()
            request.headers["Content-Type"] = "application/json"
        if is_auth_required:
            await self._auth.rest_authenticate(request)
        return await asyncio.get_running_loop().run_in_executor(None, self._send, request)

    @staticmethod
    def _send(request):
        asked = urllib.request.Request(
            request.url, method=request.method, headers=request.headers, data=request.data or None)
        try:
            with urllib.request.urlopen(asked, timeout=REST_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                raise MarketError(json.load(refused)) from None


class WSAssistant:
    """A WebSocket (RFC 6455) whose messages are JSON. It answers pings by itself."""

    def __init__(self, auth=None):
        self._auth = auth
        self._reader = self._writer = None

    async def connect(self, ws_url, message_timeout=constants.HEARTBEAT_SECONDS * 3):
        url = urlsplit(ws_url)
        self._timeout = message_timeout
        self._reader, self._writer = await asyncio.open_connection(
            url.hostname, url.port or (443 if url.scheme == "wss" else 80), ssl=url.scheme == "wss" or None)
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        accepted = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
        if not head.startswith("HTTP/1.1 101") or accepted not in head:
            raise ConnectionError(f"No WebSocket: {head.splitlines()[0]}")

    async def subscribe(self, request):
        await self.send(request)

    async def send(self, request):
        if request.payload.get("op") == "auth":
            await self._auth.ws_authenticate(request)
        await self._frame(TEXT, json.dumps(request.payload).encode())

    async def iter_messages(self):
        """Messages until the connection ends. One that is still says so by a ping of the market's."""
        message = b""
        while True:
            head, length = await asyncio.wait_for(self._reader.readexactly(2), self._timeout)
            if length == 126:
                length, = struct.unpack(">H", await self._reader.readexactly(2))
            elif length == 127:
                length, = struct.unpack(">Q", await self._reader.readexactly(8))
            if len(message) + length > constants.LONGEST_MESSAGE:
                raise ConnectionError("A message is longer than anything that the market sends.")
            data = await self._reader.readexactly(length)
            kind = head & 15
            if kind == CLOSE:
                raise ConnectionError(f"The market closed the connection: {data[2:].decode(errors='replace')}")
            if kind == PING:
                await self._frame(PONG, data)
            elif kind <= TEXT:
                message += data
                if head & 128:
                    yield json.loads(message)
                    message = b""

    async def disconnect(self):
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _frame(self, kind, data):
        if self._writer is None:
            raise ConnectionError("The connection is closed.")
        mask = os.urandom(4)
        length = (struct.pack("B", 128 | len(data)) if len(data) < 126 else struct.pack(">BH", 128 | 126, len(data)))
        self._writer.write(
            bytes([128 | kind]) + length + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))
        await self._writer.drain()


class WebAssistantsFactory:
    def __init__(self, auth=None):
        self._auth = auth

    async def get_rest_assistant(self):
        return RESTAssistant(self._auth)

    async def get_ws_assistant(self):
        return WSAssistant(self._auth)


def rest_url(domain, path):
    return domain + constants.REST_PREFIX + path


def ws_url(domain):
    return domain.replace("http", "ws", 1) + constants.WS_PATH
