// Follows one instrument's book for some changes and says whether its checksum stayed right; and its trades, of which only the
// final ones count: one is pending until both legs of its swap are locked, and withdrawn where its swap fails.
// Usage: node follow.mjs SERVER [CHANGES] [SECONDS] [INSTRUMENT]; where the market trades several, one is named. Prints one JSON
// line; ends with 0 when every checksum was right.
import { HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';

const [server = 'http://127.0.0.1:8080', wantedText = '10', limitText = '60', named] = process.argv.slice(2);
const wanted = Number(wantedText);
const limit = Number(limitText) * 1000;

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(text) {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, 'ascii')) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

class Book {
  constructor(snapshot) {
    this.sequence = snapshot.sequence;
    this.bids = new Map(snapshot.bids.map((level) => [level.price, level]));
    this.asks = new Map(snapshot.asks.map((level) => [level.price, level]));
  }

  apply(delta) {
    if (delta.sequence !== this.sequence + 1) return false;
    this.sequence = delta.sequence;
    for (const side of ['bids', 'asks']) {
      for (const level of delta[side]) {
        if (level.quantity === '0') this[side].delete(level.price);
        else this[side].set(level.price, level);
      }
    }
    return true;
  }

  sorted(side) {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side].values()].sort((a, b) => sign * (BigInt(a.price) < BigInt(b.price) ? -1 : 1));
  }

  checksum() {
    const bids = this.sorted('bids');
    const asks = this.sorted('asks');
    const parts = [];
    for (let i = 0; i < 10; i++) {
      if (bids[i]) parts.push(`${bids[i].price}:${bids[i].quantity}`);
      if (asks[i]) parts.push(`${asks[i].price}:${asks[i].quantity}`);
    }
    return crc32(parts.join(':'));
  }
}

// What the server offers is read from its own description.
const description = await (await fetch(`${server}/openapi/v1.json`)).json();
const path = (suffix) => {
  const found = Object.keys(description.paths).find((candidate) => candidate.endsWith(suffix));
  if (!found) throw new Error(`The OpenAPI document has no path ending with ${suffix}`);
  return found;
};
const instruments = await (await fetch(server + path('/instruments'))).json();
const instrument = named ?? (instruments.length === 1 ? instruments[0].id : null);
if (!instrument) throw new Error(`Name an instrument: ${instruments.map((one) => one.id).join(', ')}`);
const viaRest = await (await fetch(server + path('/book').replace('{instrument}', instrument))).json();

const result = {
  instrument, reconnects: 0, snapshots: 0, deltas: 0, gaps: 0, mismatches: 0, sequence: 0, restLevels: 0,
  trades: { pending: 0, final: 0, withdrawn: 0 }, last: null,
};
result.restLevels = viaRest.bids.length + viaRest.asks.length;
if (new Book(viaRest).checksum() !== viaRest.checksum) result.mismatches++;

const channel = `book:${instrument}`;
const tape = `trades:${instrument}`;
const trades = new Map();

// A trade is told when it is made and again when its status changes: its id says which it is.
function takeTrades(message) {
  if (message.type === 'snapshot') trades.clear();
  for (const trade of message.type === 'snapshot' ? message.data : [message.data]) trades.set(trade.id, trade);
}
const hub = new HubConnectionBuilder()
  .withUrl(`${server}/hub/market`)
  .withAutomaticReconnect()
  .configureLogging(LogLevel.None)
  .build();

let book = null;
let finish;
const finished = new Promise((resolve) => (finish = resolve));

function check(checksum) {
  result.sequence = book.sequence;
  if (book.checksum() !== checksum) result.mismatches++;
}

hub.on('event', (message) => {
  if (message.channel === tape) takeTrades(message);
  if (message.channel !== channel) return;
  if (message.type === 'snapshot') {
    result.snapshots++;
    book = new Book(message.data);
    check(message.data.checksum);
  } else if (message.type === 'delta' && book) {
    if (book.apply(message.data)) {
      result.deltas++;
      check(message.data.checksum);
    } else {
      result.gaps++;
      subscribe();
    }
  }
  if (result.deltas >= wanted) finish();
});

// What was asked of a connection that broke is asked again of the next one; what the market refused, a little later.
function subscribe() {
  book = null;
  hub.invoke('Subscribe', [channel, tape]).catch(() => {
    if (hub.state === HubConnectionState.Connected) setTimeout(subscribe, 1_000);
  });
}

// A new connection has no subscriptions: what is not asked for again is not told again.
hub.onreconnected(() => {
  result.reconnects++;
  subscribe();
});
hub.onclose(() => finish());

await hub.start();
subscribe();
const timer = setTimeout(() => finish(), limit);
await finished;
clearTimeout(timer);
await hub.stop();
const newestFirst = [...trades.values()].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1));
for (const trade of newestFirst) result.trades[trade.status]++;
// The last price is that of the newest trade that counts, whenever it became final.
result.last = newestFirst.find((trade) => trade.status === 'final')?.price ?? null;
console.log(JSON.stringify(result));
process.exit(result.mismatches === 0 && result.deltas >= wanted ? 0 : 1);
