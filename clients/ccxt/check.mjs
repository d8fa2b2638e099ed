// Trades on a real market by ccxt's unified calls alone, and holds what they give against what ccxt's manual says of structures.
// Usage: node check.mjs JSON, with server, apiKey and secret, reader (a key that only reads), owner (hex of the key that holds the
// coins), coins (outpoints: sell and buy, each enough for two orders' worth), vectors (a folder: what signatures are made of) and
// codes (all problems of the market).
// Somebody offers a share at 98,000 sat and bids 97,000 for three, and one share was sold at 98,000. Prints one JSON line: what the
// account's orders came to. Ends with 0 when all held.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import * as btc from '@scure/btc-signer';
import { pubECDSA } from '@scure/btc-signer/utils.js';
import ccxt from 'ccxt';
import Market, { textOf } from './market.mjs';

const { server, apiKey, secret, reader, owner, coins, vectors, codes } = JSON.parse(process.argv[2]);
const key = Buffer.from(owner, 'hex');
const [SYMBOL, OTHER] = ['P2SHARE/BTC', 'P2SHARE-K20/BTC'];

function tagged(tag, text) {
  const name = sha256(Buffer.from(tag));
  return sha256(Buffer.concat([name, name, Buffer.from(text)]));
}

// BIP322, simple form, for P2WPKH: the witness of a transaction that spends one which pays to the address and commits to the text.
function signMessage(text) {
  const { script } = btc.p2wpkh(pubECDSA(key));
  const unknown = { allowUnknownOutputs: true, allowUnknownInputs: true, version: 0 };
  const toSpend = new btc.Transaction({ ...unknown, allowLegacyWitnessUtxo: true });
  toSpend.addOutput({ script, amount: 0n });
  toSpend.addInput({
    txid: new Uint8Array(32), index: 0xffffffff, sequence: 0,
    finalScriptSig: Buffer.concat([Buffer.from([0x00, 0x20]), tagged('BIP0322-signed-message', text)]),
  });
  const toSign = new btc.Transaction(unknown);
  toSign.addInput({ txid: toSpend.id, index: 0, sequence: 0, witnessUtxo: { script, amount: 0n } });
  toSign.addOutput({ script: Buffer.from([0x6a]), amount: 0n });
  toSign.sign(key);
  toSign.finalize();
  return `smp${Buffer.from(btc.RawWitness.encode(toSign.getInput(0).finalScriptWitness)).toString('base64')}`;
}

// A wallet of one address: a coin for each order.
const drafts = [];
async function signOrder(draft) {
  drafts.push(draft);
  const outpoint = coins[draft.order.side].shift();
  assert.ok(outpoint, `there are coins left to ${draft.order.side}`);
  return [{ outpoint, signature: signMessage(draft.text([outpoint])) }];
}

const at = (more) => new Market({ apiKey, secret, urls: { api: { rest: server } }, ...more });
// As a wallet's folder has it.
const NOTES = './notes/ccxt.jsonl';
const market = at({ options: { signOrder, notes: NOTES, holdings: async () => ({ [SYMBOL.split('/')[0]]: '20', BTC: '0.05' }) } });

// ---- what ccxt's manual says of each structure ----

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);
const maybe = (is) => (value) => value === undefined || is(value);
const isText = (value) => typeof value === 'string' && value.length > 0;
const isTime = (value) => Number.isSafeInteger(value) && value > 1_230_940_800_000 && value < 4_102_444_800_000;
const oneOf = (...values) => (value) => values.includes(value);
const shapes = {
  market: {
    id: isText, symbol: isText, base: isText, quote: isText, baseId: isText, quoteId: isText, type: oneOf('spot'),
    spot: oneOf(true), contract: oneOf(false), active: oneOf(true, false), taker: isNumber, maker: isNumber,
    precision: (one) => isNumber(one.price) && isNumber(one.amount),
    limits: (one) => ['amount', 'price', 'cost'].every((name) => isNumber(one[name].min)),
  },
  ticker: {
    symbol: isText, timestamp: isTime, datetime: isText, high: maybe(isNumber), low: maybe(isNumber), bid: maybe(isNumber),
    ask: maybe(isNumber), vwap: maybe(isNumber), open: maybe(isNumber), close: maybe(isNumber), last: maybe(isNumber),
    change: maybe(isNumber), percentage: maybe(isNumber), baseVolume: isNumber, quoteVolume: isNumber,
  },
  trade: {
    id: isText, timestamp: isTime, datetime: isText, symbol: isText, side: oneOf('buy', 'sell'), price: isNumber, amount: isNumber,
    cost: isNumber, order: maybe(isText), takerOrMaker: oneOf(undefined, 'maker', 'taker'), fees: Array.isArray,
  },
  order: {
    id: isText, clientOrderId: isText, timestamp: isTime, datetime: isText, lastUpdateTimestamp: isTime, symbol: isText,
    status: oneOf('open', 'closed', 'canceled', 'expired'), type: oneOf('limit', 'market'), side: oneOf('buy', 'sell'),
    timeInForce: oneOf('GTC', 'IOC', 'FOK', 'GTD', 'PO'), price: isNumber, amount: isNumber, filled: isNumber, remaining: isNumber,
    cost: maybe(isNumber), average: maybe(isNumber), trades: Array.isArray, fees: Array.isArray,
  },
};

function held(shape, one) {
  for (const [name, is] of Object.entries(shapes[shape])) {
    assert.ok(is(one[name]), `a ${shape}'s ${name} is ${JSON.stringify(one[name])} (${typeof one[name]})`);
  }
  assert.ok('info' in one, `a ${shape} has info`);
  if ('datetime' in shapes[shape]) assert.equal(one.datetime, market.iso8601(one.timestamp));
  return one;
}

function heldBook(book) {
  assert.equal(book.symbol, SYMBOL);
  assert.ok(isTime(book.timestamp) && book.datetime === market.iso8601(book.timestamp) && Number.isSafeInteger(book.nonce));
  for (const [side, sign] of [['bids', -1], ['asks', 1]]) {
    book[side].forEach(([price, amount], n) => {
      assert.ok(isNumber(price) && isNumber(amount) && amount > 0, `${side} ${price} ${amount}`);
      assert.ok(n === 0 || sign * (price - book[side][n - 1][0]) > 0, `${side} are the best first`);
    });
  }
  if (book.bids[0] && book.asks[0]) assert.ok(book.bids[0][0] < book.asks[0][0]);
  return book;
}

const refused = async (Kind, call, code = undefined) => {
  const error = await call().then(() => assert.fail(`${Kind.name} was expected`), (thrown) => thrown);
  assert.equal(error.constructor, Kind, `${error.constructor.name}: ${error.message}`);
  if (code !== undefined) assert.equal(error.problem.code, code);
  return error;
};

// What is watched comes when it comes, perhaps before it is waited for: what is kept of it is looked at until it is as is said.
async function until(watch, kept, is) {
  while (!is(kept() ?? [])) await watch();
  return kept();
}

// ---- the class itself ----

assert.ok(market instanceof ccxt.Exchange);
// What it says that it has is its own wherever ccxt's base only says that it is not supported.
for (const [name, has] of Object.entries(market.has)) {
  if (has !== true || !/^(fetch|watch|cancel|edit|createOrder$)/.test(name)) continue;
  const [own, base] = [market[name], ccxt.Exchange.prototype[name]];
  assert.equal(typeof own, 'function', name);
  assert.ok(own !== base || !`${base}`.includes('not supported yet'), `has.${name} is true`);
}

const cases = (name) => JSON.parse(readFileSync(`${vectors}/${name}.json`, 'utf8')).cases;
for (const { name, given, gives } of cases('orders')) {
  const defaults = { type: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'cancelNewest' };
  const outpoints = given.order.outpoints.map((one) => one.outpoint);
  const order = { ...defaults, ...given.order };
  if (order.expiresAt) order.expiresAt = new Date(order.expiresAt).toISOString();
  assert.equal(textOf(given.network, gives.account, order, outpoints), gives.text, name);
}
for (const { name, given, gives } of cases('api-keys')) {
  const one = at({ apiKey: given.apiKey, secret: given.secret });
  one.nonce = () => Number(given.timestamp);
  const { signature } = one.stamped(given.host.toLowerCase(), given.method, given.path, given.query, given.body);
  assert.equal(signature, gives.signature, name);
}

for (const code of codes) {
  const thrown = market.errorOf({ code, detail: 'what happened' }, 418);
  assert.ok(thrown instanceof ccxt.BaseError && thrown.constructor !== ccxt.ExchangeError, `${code} has a class of its own`);
  assert.equal(thrown.problem.code, code);
}
assert.throws(() => market.handleErrors(402, 'elsewhere', server, 'GET', {}, 'no JSON', undefined), ccxt.ExchangeError);
const trades = ['pending', 'withdrawn', 'final'].map((status) => ({ status }));
assert.deepEqual(market.counted(trades).map((one) => one.status), ['pending', 'final']);

// ---- what anybody may read ----

await market.loadMarkets();
assert.deepEqual(market.symbols, [OTHER, SYMBOL]);
Object.values(market.markets).forEach((one) => held('market', one));
assert.ok(isTime(await market.fetchTime()));
assert.ok(['ok', 'error'].includes((await market.fetchStatus()).status));

const ticker = held('ticker', await market.fetchTicker(SYMBOL));
assert.deepEqual([ticker.last, ticker.bid, ticker.ask], [0.00098, 0.00097, 0.00098]);
const tickers = await market.fetchTickers();
Object.values(tickers).forEach((one) => held('ticker', one));
assert.deepEqual(Object.keys(await market.fetchTickers([SYMBOL])), [SYMBOL]);

const first = heldBook(await market.fetchOrderBook(SYMBOL, 5));
assert.deepEqual([first.bids[0], first.asks[0]], [[0.00097, 3], [0.00098, 1]]);

const [sold] = await market.fetchTrades(SYMBOL);
held('trade', sold);
assert.deepEqual([sold.price, sold.amount, sold.cost, sold.side], [0.00098, 1, 0.00098, 'buy']);
assert.deepEqual((await market.fetchTrades(SYMBOL, sold.timestamp)).map((one) => one.id), [sold.id]);
assert.deepEqual(await market.fetchTrades(SYMBOL, sold.timestamp + 1000), []);
const candles = await market.fetchOHLCV(SYMBOL, '1m');
assert.deepEqual(candles.map((one) => one.slice(1)), [[0.00098, 0.00098, 0.00098, 0.00098, 1]]);
assert.equal(candles[0][0] % 60_000, 0);
assert.deepEqual(await market.fetchOHLCV(SYMBOL, '1m', candles[0][0], 3), candles);
assert.deepEqual(await market.fetchOHLCV(SYMBOL, '1m', candles[0][0] + 60_000, 3), []);
await refused(ccxt.BadSymbol, () => market.fetchTicker('NONE/BTC'));

// ---- who asks ----

await refused(ccxt.AuthenticationError, () => at({ apiKey: undefined }).fetchOpenOrders());
await refused(ccxt.AuthenticationError, () => at({ apiKey: '0'.repeat(32) }).fetchOpenOrders(), 'badApiKey');
await refused(ccxt.AuthenticationError, () => at({ secret: '0'.repeat(64) }).fetchOpenOrders(), 'badSignature');
await refused(ccxt.InsufficientFunds, () => at().createOrder(SYMBOL, 'limit', 'sell', 1, 0.00099), 'insufficientOutpoints');
// It is refused here: the market is never asked.
const elsewhere = await refused(ccxt.BadRequest, () => market.cancelOrder('../auth/api-keys', SYMBOL));
assert.equal(elsewhere.problem, undefined);
const watcher = at({ ...reader, options: { signOrder: async () => [{ outpoint: `${'0'.repeat(64)}:0`, signature: 'smp' }] } });
assert.deepEqual(await watcher.fetchOpenOrders(SYMBOL), []);
await refused(ccxt.PermissionDenied, () => watcher.createOrder(SYMBOL, 'limit', 'sell', 1, 0.00099), 'scopeMissing');
// A clock that is an hour off is set, of requests and of the socket.
market.options.timeDifference += 3_600_000;
assert.deepEqual(await market.fetchOpenOrders(), []);
market.options.timeDifference -= 3_600_000;

// ---- orders, with the streams beside them ----

const told = [];
const handle = market.handleMessage;
market.handleMessage = function (client, message) {
  told.push(`${message.topic}:${message.type}`);
  return handle.call(this, client, message);
};
assert.deepEqual((await market.watchTrades(SYMBOL)).map((one) => held('trade', one).id), [sold.id]);
assert.equal(held('ticker', await market.watchTicker(SYMBOL)).last, 0.00098);
assert.deepEqual(await market.watchOHLCV(SYMBOL, '1m'), candles);
assert.deepEqual(heldBook(await market.watchOrderBook(SYMBOL)).asks[0], [0.00098, 1]);
const opened = market.watchOrders(SYMBOL);

const placed = held('order', await market.createOrder(SYMBOL, 'limit', 'sell', '1', '0.00099', { clientOrderId: 'ccxt-1' }));
assert.deepEqual([placed.status, placed.price, placed.amount, placed.remaining, placed.cost], ['open', 0.00099, 1, 1, 0]);
assert.deepEqual((await opened).map((one) => held('order', one).id), [placed.id]);
const kept = () => market.orderbooks[SYMBOL];
await until(() => market.watchOrderBook(SYMBOL), kept, (book) => heldBook(book).asks.some(([price]) => price === 0.00099));

assert.deepEqual((await market.fetchOpenOrders()).map((one) => one.id), [placed.id]);
assert.deepEqual(await market.fetchOpenOrders(OTHER), []);
assert.equal(held('order', await market.fetchOrder(placed.id, SYMBOL)).clientOrderId, 'ccxt-1');
assert.equal((await market.fetchOrder(undefined, undefined, { clientOrderId: 'ccxt-1' })).id, placed.id);
const balance = await market.fetchBalance();
assert.deepEqual(balance.P2SHARE, { free: 18, used: 2, total: 20 });
assert.deepEqual(balance.BTC, { free: 0.05, used: 0, total: 0.05 });
const unknown = await at().fetchBalance();
assert.deepEqual(unknown.P2SHARE, { free: 0, used: 2, total: 2 });

// Coins that are proved once: orders draw on them, and share them, without a signature.
const bare = at({ options: { notes: NOTES } });
await bare.loadMarkets();
const [coin, { network, account }] = [coins.sell.shift(), await market.draft(SYMBOL, 'limit', 'sell', 1, 0.00105)];
const expiresAt = new Date(await bare.fetchTime() + 86_400_000).toISOString();
const proof = { chain: bare.market(SYMBOL).info.sharechain, expiresAt };
const lines = ['market/outpoints/v1', `network=${network}`, `account=${account}`, `chain=${proof.chain}`,
  `expiresAt=${proof.expiresAt}`, `outpoints=${coin}`, ''];
await bare.privatePostOutpoints({ ...proof, outpoints: [{ outpoint: coin, signature: signMessage(lines.join('\n')) }] });
assert.deepEqual((await bare.fetchBalance()).P2SHARE, { free: 2, used: 2, total: 4 });
const drawn = held('order', await bare.createOrder(SYMBOL, 'limit', 'sell', '1', '0.00105'));
const beneath = await bare.createOrder(SYMBOL, 'limit', 'sell', '0.5', '0.00106', { outpoints: [coin] });
const drawnOn = (await bare.fetchBalance()).P2SHARE;
assert.ok(drawnOn.free > 0.49 && drawnOn.free < 0.5 && drawnOn.total === 4, JSON.stringify(drawnOn));
await refused(ccxt.InsufficientFunds, () => bare.createOrder(SYMBOL, 'limit', 'sell', 1, 0.00105), 'insufficientOutpoints');
await bare.cancelOrders([drawn.id, beneath.id], SYMBOL);
await bare.privateDeleteOutpointsOutpoint({ outpoint: coin });
assert.deepEqual((await bare.fetchBalance()).P2SHARE, { free: 0, used: 2, total: 2 });

const amended = held('order', await market.editOrder(placed.id, SYMBOL, 'limit', 'sell', 0.8, 0.001));
assert.deepEqual([amended.id, amended.price, amended.amount], [placed.id, 0.001, 0.8]);
await until(() => market.watchOrders(), () => market.orders, (seen) => seen.some((one) => one.amount === 0.8));
await until(() => market.watchOrderBook(SYMBOL), kept, (book) => book.asks.some(([price]) => price === 0.001));

// The book that is kept is the market's or it is asked for anew.
market.orderbooks[SYMBOL].bids.storeArray([0.0009, 7]);
const snapshots = () => told.filter((one) => one === 'book:snapshot').length;
assert.equal(snapshots(), 1);
assert.equal((await market.cancelOrder(placed.id, SYMBOL)).status, 'canceled');
const mended = await until(() => market.watchOrderBook(SYMBOL), kept, () => snapshots() === 2);
assert.deepEqual([...heldBook(mended).bids], [[0.00097, 3]]);
assert.deepEqual([...mended.asks], [[0.00098, 1]]);
assert.equal(snapshots(), 2);
await until(() => market.watchOrders(SYMBOL), () => market.orders, (seen) => seen.some((one) => one.status === 'canceled'));
await refused(ccxt.OrderNotFound, () => market.cancelOrder(placed.id, SYMBOL), 'orderClosed');
await refused(ccxt.OrderNotFound, () => market.fetchOrder('999999', SYMBOL), 'unknownOrder');
assert.deepEqual((await market.fetchCanceledOrders(SYMBOL)).map((one) => one.id), [placed.id, drawn.id, beneath.id]);

await refused(ccxt.OrderImmediatelyFillable, () => market.createPostOnlyOrder(SYMBOL, 'limit', 'sell', 1, 0.00097), 'wouldTrade');
await refused(ccxt.DuplicateOrderId,
  () => market.createOrder(SYMBOL, 'limit', 'sell', 1, 0.0012, { clientOrderId: 'ccxt-1' }), 'duplicateClientOrderId');
await refused(ccxt.InsufficientFunds, () => market.createOrder(SYMBOL, 'limit', 'sell', 9, 0.00099), 'insufficientOutpoints');
await refused(ccxt.InvalidOrder, () => market.createOrder(SYMBOL, 'limit', 'sell', 0.0000000001, 0.00099));
await refused(ccxt.ArgumentsRequired, () => market.createOrder(SYMBOL, 'limit', 'sell', 1, 0.00099, { proofs: [] }));

// Proofs that somebody else made of the draft go by params.
const proofs = await market.draft(SYMBOL, 'limit', 'sell', 1, 0.00101, { clientOrderId: 'ccxt-2' }).then(signOrder);
const beside = await market.createOrder(SYMBOL, 'limit', 'sell', 1, 0.00101, { clientOrderId: 'ccxt-2', proofs });
const dated = await market.createOrder(SYMBOL, 'limit', 'sell', 1, 0.00102, { expiresAt: await market.fetchTime() + 86_400_000 });
assert.equal(held('order', dated).timeInForce, 'GTD');
const cancelled = await market.cancelOrders([beside.id, placed.id, dated.id], SYMBOL);
assert.deepEqual(cancelled.map((one) => one.status), ['canceled', undefined, 'canceled']);
assert.equal(cancelled[1].info.code, 'orderClosed');
const last = await market.createOrder(
  SYMBOL, 'limit', 'sell', 1, 0.00103, { postOnly: true, postOnlyMode: 'reprice', selfTradePrevention: 'decrement' });
assert.equal(held('order', last).timeInForce, 'PO');
assert.ok((await market.cancelAllOrdersAfter(60_000)).firesAt);
assert.equal((await market.cancelAllOrdersAfter(0)).firesAt, undefined);
assert.deepEqual((await market.cancelAllOrders(SYMBOL)).map((one) => [one.id, one.status]), [[last.id, 'canceled']]);

// ---- a trade, and a line that breaks ----

const mine = market.watchMyTrades(SYMBOL);
while (!told.includes('fills:subscribed')) await market.sleep(10);
const bought = held('order', await market.createOrder(SYMBOL, 'market', 'buy', 0.5));
assert.deepEqual([bought.status, bought.filled, bought.cost, bought.average], ['closed', 0.5, 0.00049, 0.00098]);
// Two in a hundred off the best price at most.
assert.equal(drafts.at(-1).order.protection, '99960');
const [fill] = await mine;
held('trade', fill);
assert.deepEqual([fill.order, fill.side, fill.takerOrMaker, fill.cost], [bought.id, 'buy', 'taker', 0.00049]);
assert.deepEqual(fill.fee, { cost: 0, currency: 'BTC' });
await until(
  () => market.watchTrades(SYMBOL), () => market.trades[SYMBOL], (seen) => seen.some((one) => held('trade', one).id === fill.id));
assert.deepEqual((await market.fetchMyTrades(SYMBOL)).map((one) => held('trade', one).id), [fill.id]);
assert.deepEqual((await market.fetchOrderTrades(bought.id, SYMBOL)).map((one) => one.id), [fill.id]);
assert.equal((await market.fetchOrder(bought.id, SYMBOL)).cost, 0.00049);
// A list has no fills: what was paid is left out there, and not made up of the order's price.
const [listed] = await market.fetchClosedOrders(SYMBOL);
assert.deepEqual([listed.id, listed.filled, listed.cost], [bought.id, 0.5, undefined]);

const broken = market.watchOrderBook(SYMBOL);
const lost = broken.then(() => undefined, (error) => error);
market.clients[market.socketUrl()].connection.terminate();
assert.ok(await lost instanceof ccxt.NetworkError);
const meanwhile = await market.createOrder(SYMBOL, 'limit', 'sell', 1, 0.00104);
await until(() => market.watchOrderBook(SYMBOL), kept, (book) => heldBook(book).asks.some(([price]) => price === 0.00104));
await until(() => market.watchOrders(SYMBOL), () => market.orders, (seen) => seen.some((one) => one.id === meanwhile.id));
assert.ok(told.includes('book:resumed'));
assert.equal(snapshots(), 2);
await market.close();

const orders = await market.fetchOrders(SYMBOL);
orders.forEach((one) => held('order', one));

// What was ordered was written down before, whole lines between two ends; what was never placed is void.
const noted = readFileSync(NOTES, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
const notesOf = (id) =>
  noted
    .filter((one) => one.clientOrderId === id)
    .map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'notedAt')));
const what = { clientOrderId: 'ccxt-1', instrument: market.market(SYMBOL).id, side: 'sell' };
assert.deepEqual(notesOf('ccxt-1').slice(0, 2), [
  { ...what, price: '99000', quantity: '100000000', timeInForce: 'gtc', proved: false },
  { ...what, price: '100000', quantity: '80000000' },
]);
assert.deepEqual(notesOf(bought.clientOrderId).map((one) => [one.price, one.timeInForce]), [['99960', 'ioc']]);
assert.deepEqual([drawn, beneath].map((one) => notesOf(one.clientOrderId)[0].proved), [true, true]);
assert.ok(noted.every((one) => isText(one.notedAt)));
assert.ok(orders.map((one) => notesOf(one.clientOrderId)).every((all) => all.length > 0 && !all.some((line) => line.void)));
assert.equal(noted.filter((one) => one.void).length, 3);
console.log(JSON.stringify(orders.map((one) => [one.clientOrderId, one.status])));
process.exit(0);
