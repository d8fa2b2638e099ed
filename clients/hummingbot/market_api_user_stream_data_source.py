"""Own orders and fills (Hummingbot's UserStreamTrackerDataSource)."""

import asyncio

from market_web import WSJSONRequest, ws_url

CHANNELS = ("orders", "fills", "my-swaps")


class MarketAPIUserStreamDataSource:
    def __init__(self, api_factory, domain, synchronize):
        self._api_factory = api_factory
        self._domain = domain
        self._synchronize = synchronize
        self._positions = {}

    async def listen_for_user_stream(self, output):
        """Puts every event of the own channels into a queue until it is cancelled. What broke is opened again and goes on where it
        was, or with a snapshot."""
        while True:
            ws = None
            try:
                ws = await self._connected_websocket_assistant()
                await self._subscribe_channels(ws)
                async for event in ws.iter_messages():
                    if event["type"] == "refused":
                        raise OSError(f"refused: {event['data']}")
                    if "position" in event:
                        self._positions[event["channel"]] = event["position"]
                    if event["type"] in ("snapshot", "update"):
                        await output.put(event)
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
                await asyncio.sleep(1.0)
            finally:
                if ws is not None:
                    await ws.disconnect()

    async def _connected_websocket_assistant(self):
        # What is signed has a time in it.
        await self._synchronize()
        ws = await self._api_factory.get_ws_assistant()
        await ws.connect(ws_url(self._domain))
        return ws

    async def _subscribe_channels(self, ws):
        await ws.send(WSJSONRequest({"op": "auth"}))
        for channel in CHANNELS:
            since = self._positions.get(channel)
            await ws.subscribe(WSJSONRequest({"op": "subscribe", "topic": channel, **({"since": since} if since else {})}))


class UserStreamTracker:
    def __init__(self, data_source):
        self._data_source = data_source
        self.user_stream = asyncio.Queue(maxsize=1000)
        self._task = None

    def start(self):
        self._task = asyncio.ensure_future(self._data_source.listen_for_user_stream(self.user_stream))

    async def stop(self):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
