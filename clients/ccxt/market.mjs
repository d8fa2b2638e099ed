// The market in ccxt's shape: one class over ccxt's own base class, so that a bot written for ccxt trades here by the calls that it
// knows. Prices are bitcoin for a share and amounts are shares, as ccxt has them; on the wire both are whole numbers in decimal
// strings, and they are turned into each other by ccxt's Precise, never by floating point.
//
//   const market = new Market({ apiKey, secret, urls: { api: { rest: 'https://market.example' } }, options: { signOrder } });
//
// One thing is different from elsewhere: nothing is deposited. An order names coins of the wallet, and the address of each signs
// the order's text (BIP322): createOrder() asks options.signOrder for that, or takes params.proofs. Where coins were proved once
// (POST /outpoints), an order draws on them and nobody signs; see readme.md. options.notes is a file in which each order is written
// down before it is sent: without it the agent drives none of its swaps.
import { createHash, createHmac } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import ccxt from 'ccxt';

const { Exchange, Precise } = ccxt;
const {
  ArgumentsRequired, AuthenticationError, BadRequest, BadSymbol, ChecksumError, DuplicateOrderId, ExchangeError,
  ExchangeNotAvailable, InsufficientFunds, InvalidNonce, InvalidOrder, MarketClosed, OperationRejected,
  OrderImmediatelyFillable, OrderNotFillable, OrderNotFound, PermissionDenied, RateLimitExceeded, RequestTimeout,
} = ccxt;

// Satoshis in a bitcoin, and base units in a share.
const UNIT = '100000000';
const SOCKET_PATH = '/api/v1/ws';
const SIGNED_IN = 'signedIn';
const PAGE = 500;
const BATCH_CANCELS = 50;
const CHECKED_LEVELS = 10;

// The codes of the market's problem documents, by what a bot for ccxt does about each.
const CODES = {
  malformedRequest: BadRequest, validationFailed: BadRequest, unknownHost: BadRequest, routeNotFound: BadRequest,
  notFound: BadRequest, methodNotAllowed: BadRequest, tooLarge: BadRequest, uriTooLong: BadRequest,
  unsupportedMediaType: BadRequest, headersTooLarge: BadRequest, tooSlow: RequestTimeout,
  rateLimited: RateLimitExceeded, busy: RateLimitExceeded,
  authenticationRequired: AuthenticationError, badSignature: AuthenticationError, badToken: AuthenticationError,
  badApiKey: AuthenticationError, badChallenge: AuthenticationError, clockSkew: InvalidNonce, replayed: InvalidNonce,
  forbidden: PermissionDenied, scopeMissing: PermissionDenied, tooManyApiKeys: OperationRejected,
  unknownInstrument: BadSymbol, tradingPaused: MarketClosed, badPrice: InvalidOrder, badQuantity: InvalidOrder,
  badExpiry: InvalidOrder, noFaceValue: OperationRejected,
  duplicateClientOrderId: DuplicateOrderId, unknownOrder: OrderNotFound, orderClosed: OrderNotFound,
  orderSettling: InvalidOrder, mustWait: OperationRejected, wouldTrade: OrderImmediatelyFillable, tooManyOrders: OperationRejected,
  insufficientCredits: OperationRejected, tierTooLow: OperationRejected, bookFull: OperationRejected,
  outpointUnavailable: InsufficientFunds, outpointInUse: InsufficientFunds, insufficientOutpoints: InsufficientFunds,
  outpointNotOwned: InvalidOrder, tooManyOutpoints: OperationRejected, outpointOfOtherSeries: InvalidOrder,
  tooLargeForSeries: InvalidOrder,
  badProof: BadRequest, proofUsed: OperationRejected, unknownSwap: BadRequest, notAParty: PermissionDenied,
  wrongSwapState: OperationRejected, keysAlreadyGiven: OperationRejected, reusedSecret: OperationRejected, badKey: BadRequest,
  unknownBlock: BadRequest, unknownTransaction: BadRequest, unknownValuation: BadRequest, blockRejected: OperationRejected,
  badEncoding: BadRequest,
  chainUnavailable: ExchangeNotAvailable, unavailable: ExchangeNotAvailable, internalError: ExchangeNotAvailable,
};

const STATUSES = { open: 'open', settling: 'closed', filled: 'closed', cancelled: 'canceled' };

// The newest items of a stream, each once by its key, and how many came since somebody looked: what ccxt's own caches are, which
// its package does not hand out.
class Recent extends Array {
  #most;
  #keyOf;
  #fresh = new Map();
  #seen = false;

  static get [Symbol.species]() {
    return Array;
  }

  constructor(most, keyOf) {
    super();
    this.#most = most;
    this.#keyOf = keyOf;
  }

  put(item) {
    const key = this.#keyOf(item);
    const known = this.findIndex((one) => this.#keyOf(one) === key);
    if (known >= 0) this.splice(known, 1);
    this.push(item);
    if (this.length > this.#most) this.shift();
    if (this.#seen) this.#fresh.clear();
    this.#seen = false;
    this.#fresh.set(key, item.symbol);
    if (this.#fresh.size > this.#most) this.#fresh.delete(this.#fresh.keys().next().value);
  }

  getLimit(symbol, limit) {
    this.#seen = true;
    const fresh = [...this.#fresh.values()].filter((one) => symbol === undefined || one === symbol).length;
    return limit === undefined ? fresh : Math.min(fresh, limit);
  }
}

export default class Market extends Exchange {
  describe() {
    return this.deepExtend(super.describe(), {
      id: 'market',
      name: 'Market',
      countries: [],
      version: 'v1',
      pro: true,
      // Weight 600 in 10 seconds: costs below are weights.
      rateLimit: 17,
      precisionMode: ccxt.TICK_SIZE,
      requiredCredentials: { apiKey: true, secret: true },
      has: {
        CORS: true, spot: true, margin: false, swap: false, future: false, option: false,
        cancelAllOrders: true, cancelAllOrdersAfter: true, cancelOrder: true, cancelOrders: true, createOrder: true,
        createLimitOrder: true, createMarketOrder: true, createPostOnlyOrder: true, editOrder: true,
        fetchBalance: true, fetchCanceledOrders: true, fetchClosedOrders: true, fetchCurrencies: false, fetchMarkets: true,
        fetchMyTrades: true, fetchOHLCV: true, fetchOpenOrders: true, fetchOrder: true, fetchOrderBook: true,
        fetchOrderTrades: true, fetchOrders: true, fetchStatus: true, fetchTicker: true, fetchTickers: true, fetchTime: true,
        fetchTrades: true, deposit: false, withdraw: false, fetchDepositAddress: false,
        watchMyTrades: true, watchOHLCV: true, watchOrderBook: true, watchOrders: true, watchTicker: true, watchTrades: true,
      },
      timeframes: { '10s': 'tenSeconds', '1m': 'minute', '5m': 'fiveMinutes', '1h': 'hour', '1d': 'day' },
      // The socket's address follows from the other one, unless it is named as urls.api.ws.
      urls: { api: { rest: 'http://127.0.0.1:8080' } },
      api: {
        public: {
          get: {
            'time': 1, 'status': 1, 'instruments': 1, 'tickers': 1, 'instruments/{instrument}/ticker': 1,
            'instruments/{instrument}/book': 1, 'instruments/{instrument}/trades': 5, 'instruments/{instrument}/candles': 5,
          },
        },
        private: {
          get: { 'auth/account': 1, 'orders': 5, 'orders/{id}': 1, 'fills': 5, 'balances': 8, 'outpoints': 5 },
          post: { 'orders': 5, 'orders/cancel-all': 5, 'outpoints': 16 },
          patch: { 'orders/{id}': 5 },
          put: { 'orders/dead-man': 5 },
          delete: { 'orders/{id}': 5, 'orders/batch': 5, 'outpoints/{outpoint}': 5 },
        },
      },
      exceptions: { exact: CODES },
      options: {
        // The market's clock is asked for with the markets, and again where it refuses a timestamp.
        adjustForTimeDifference: true,
        timeDifference: 0,
        // Milliseconds; a candle's stream and the lists of streams keep so many items.
        cached: 1000,
        // Pages of 500 that one call reads at most.
        maxPages: 20,
        // How far off the best price a market order may trade where no protection is named.
        slippage: '0.02',
        // Of trades whose swap failed nothing is told: they count nowhere.
        tradeStatuses: ['pending', 'final'],
        // async ({ order, network, account, gives, text }) => [{ outpoint, signature }], see readme.md.
        signOrder: undefined,
        // async () => ({ 'BTC': '0.5', ... }): what the bot's wallet holds, for fetchBalance().
        holdings: undefined,
        // A file in the folder notes/ of the wallet whose agent drives the swaps, written by this bot alone.
        notes: undefined,
        // Hex of the account's x-only key; asked for where it is not given, with a key of scope read.
        account: undefined,
      },
    });
  }

  // ---- requests ----

  // Milliseconds by the market's clock: what a timestamp is held against.
  nonce() {
    return this.milliseconds() - this.options.timeDifference;
  }

  // The text that a key authenticates, and its code: one for requests, and for a socket's sign-in.
  stamped(host, method, path, query, body) {
    const timestamp = this.incrementingNonce().toString();
    const digest = createHash('sha256').update(body ?? '').digest('hex');
    const text = ['market/request/v2', host, method, path, query, timestamp, digest, ''].join('\n');
    return { timestamp, signature: createHmac('sha256', this.secret).update(text).digest('hex') };
  }

  sign(path, api = 'public', method = 'GET', params = {}, headers = undefined, body = undefined) {
    const named = this.extractParams(path);
    let rest = this.omit(params, named);
    const query = {};
    if (method === 'PATCH' && 'instrument' in rest) {
      query.instrument = rest.instrument;
      rest = this.omit(rest, 'instrument');
    }
    const withBody = ['POST', 'PUT', 'PATCH'].includes(method) || path === 'orders/batch';
    const search = this.urlencode(withBody ? query : rest);
    const url = new URL(`/api/v1/${this.implodeParams(path, params)}${search ? `?${search}` : ''}`, this.urls.api.rest);
    headers = { ...headers };
    if (withBody) {
      body = this.json(rest);
      headers['Content-Type'] = 'application/json';
    }
    if (api === 'private') {
      this.checkRequiredCredentials();
      const { timestamp, signature } = this.stamped(url.host, method, url.pathname, url.search.slice(1), body);
      Object.assign(headers, { 'Market-Api-Key': this.apiKey, 'Market-Timestamp': timestamp, 'Market-Signature': signature });
    }
    return { url: url.href, method, body, headers };
  }

  // A clock that is off is set by the market's, once a call: nothing was carried out of what was refused.
  async request(...call) {
    try {
      return await super.request(...call);
    } catch (refused) {
      if (refused.problem?.code !== 'clockSkew') throw refused;
      await this.setClock();
      return await super.request(...call);
    }
  }

  async setClock() {
    await this.loadTimeDifference();
    this.options.lastNonce = 0;
  }

  errorOf(problem, status) {
    const known = CODES[problem.code];
    const byStatus = { 401: AuthenticationError, 403: PermissionDenied, 404: BadRequest, 429: RateLimitExceeded }[status];
    const Kind = known ?? byStatus ?? (status >= 500 ? ExchangeNotAvailable : ExchangeError);
    const wrong = problem.errors ? ` ${this.json(problem.errors)}` : '';
    const error = new Kind(`${this.id} ${problem.code}: ${problem.detail ?? problem.title ?? ''}${wrong}`);
    // Programs decide by the code. With mustWait, retryAt says from when on the same may be asked again.
    error.problem = problem;
    return error;
  }

  handleErrors(status, reason, url, method, headers, body, response) {
    if (status < 400) return undefined;
    if (typeof response?.code === 'string') throw this.errorOf(response, status);
    // Not the market's own words: a proxy's, for example. Those that ccxt's table of statuses knows it handles.
    if (!(status.toString() in this.httpExceptions)) throw new ExchangeError(`${this.id} ${method} ${url} ${status} ${reason}`);
    return undefined;
  }

  // ---- numbers: whole ones on the wire, bitcoin and shares for who calls ----

  fromUnits(whole) {
    return whole === undefined || whole === null ? undefined : Precise.stringDiv(whole.toString(), UNIT, 8);
  }

  unitsOf(text) {
    const whole = Precise.stringMul(text, UNIT);
    if (!/^[0-9]+$/.test(whole)) throw new InvalidOrder(`${this.id} ${text} is no number of whole satoshis or base units`);
    return whole;
  }

  quantityOf(symbol, amount) {
    return this.unitsOf(this.amountToPrecision(symbol, amount));
  }

  priceOf(symbol, price) {
    return this.unitsOf(this.priceToPrecision(symbol, price));
  }

  // ---- what anybody may read ----

  async fetchTime(params = {}) {
    return this.safeInteger(await this.publicGetTime(params), 'unixMilliseconds');
  }

  async fetchStatus(params = {}) {
    const status = await this.publicGetStatus(params);
    return {
      status: status.health === 'down' ? 'error' : 'ok', updated: this.parse8601(status.time), eta: undefined, url: undefined,
      info: status,
    };
  }

  async fetchMarkets(params = {}) {
    if (this.options.adjustForTimeDifference) await this.setClock();
    return this.parseMarkets(await this.publicGetInstruments(params));
  }

  // A series of shares that expire is a currency of its own: it is no other's coin.
  parseMarket(instrument) {
    const base = instrument.id.slice(0, -(instrument.quote.length + 1));
    const { rules } = instrument;
    const number = (whole) => this.parseNumber(this.fromUnits(whole));
    return this.safeMarketStructure({
      id: instrument.id, symbol: `${base}/${instrument.quote}`, base, quote: instrument.quote, baseId: base,
      quoteId: instrument.quote,
      type: 'spot', spot: true, margin: false, swap: false, future: false, option: false, contract: false,
      active: instrument.status === 'open', maker: this.safeNumber(rules, 'makerFee'), taker: this.safeNumber(rules, 'takerFee'),
      precision: { amount: number(rules.lotSize), price: number(rules.tickSize) },
      limits: {
        leverage: {}, amount: { min: number(rules.minQuantity), max: number(rules.maxQuantity) },
        price: { min: number(rules.tickSize), max: number(rules.maxPrice) },
        cost: { min: number(rules.minNotional), max: undefined },
      },
      info: instrument,
    });
  }

  async fetchTicker(symbol, params = {}) {
    await this.loadMarkets();
    const market = this.market(symbol);
    return this.parseTicker(await this.publicGetInstrumentsInstrumentTicker({ instrument: market.id, ...params }), market);
  }

  async fetchTickers(symbols = undefined, params = {}) {
    await this.loadMarkets();
    return this.parseTickers(await this.publicGetTickers(params), this.marketSymbols(symbols));
  }

  parseTicker(ticker, market = undefined) {
    const timestamp = this.parse8601(ticker.time);
    const change = this.safeString(ticker, 'change');
    return this.safeTicker({
      symbol: this.safeSymbol(ticker.instrument, market), timestamp, datetime: this.iso8601(timestamp),
      high: this.fromUnits(ticker.high), low: this.fromUnits(ticker.low), bid: this.fromUnits(ticker.bid),
      ask: this.fromUnits(ticker.ask),
      last: this.fromUnits(ticker.last), close: this.fromUnits(ticker.last),
      percentage: change === undefined ? undefined : Precise.stringMul(change, '100'),
      baseVolume: this.fromUnits(ticker.volume), quoteVolume: this.fromUnits(ticker.quoteVolume), info: ticker,
    }, market);
  }

  async fetchOrderBook(symbol, limit = undefined, params = {}) {
    await this.loadMarkets();
    const market = this.market(symbol);
    const request = { instrument: market.id, ...params };
    if (limit !== undefined) request.depth = limit;
    return this.parseSnapshot(await this.publicGetInstrumentsInstrumentBook(request), market.symbol);
  }

  parseSnapshot(book, symbol) {
    const timestamp = this.parse8601(book.time);
    const side = (levels) => levels.map((level) => this.parseLevel(level));
    return {
      symbol, timestamp, datetime: this.iso8601(timestamp), nonce: this.safeInteger(book, 'sequence'),
      bids: side(book.bids), asks: side(book.asks),
    };
  }

  parseLevel(level) {
    return [Number(this.fromUnits(level.price)), Number(this.fromUnits(level.quantity))];
  }

  async fetchOHLCV(symbol, timeframe = '1m', since = undefined, limit = undefined, params = {}) {
    await this.loadMarkets();
    const market = this.market(symbol);
    const request = { instrument: market.id, interval: this.intervalOf(timeframe), limit: Math.min(limit ?? PAGE, PAGE) };
    const until = this.safeInteger(params, 'until');
    // Of many the market tells the newest: whoever asks for the first ones since then asks up to where those end.
    const end = since === undefined ? until : since + request.limit * this.parseTimeframe(timeframe) * 1000;
    if (since !== undefined) request.from = this.iso8601(since);
    if (end !== undefined) request.to = this.iso8601(Math.min(end, until ?? end));
    const candles = await this.publicGetInstrumentsInstrumentCandles({ ...request, ...this.omit(params, 'until') });
    return this.parseOHLCVs(candles, market, timeframe, since, limit);
  }

  intervalOf(timeframe) {
    const interval = this.timeframes[timeframe];
    if (interval === undefined) throw new BadRequest(`${this.id} has no candles of ${timeframe}`);
    return interval;
  }

  parseOHLCV(candle) {
    const number = (whole) => this.parseNumber(this.fromUnits(whole));
    return [
      this.parse8601(candle.start), number(candle.open), number(candle.high), number(candle.low), number(candle.close),
      number(candle.volume),
    ];
  }

  async fetchTrades(symbol, since = undefined, limit = undefined, params = {}) {
    await this.loadMarkets();
    const market = this.market(symbol);
    const trades = await this.pages('publicGetInstrumentsInstrumentTrades', { instrument: market.id, ...params }, since, limit);
    return this.parseTrades(this.counted(trades), market, since, limit);
  }

  counted(trades) {
    return trades.filter((trade) => this.options.tradeStatuses.includes(trade.status));
  }

  // One trade as everybody sees it, or an own fill of one.
  parseTrade(trade, market = undefined) {
    const timestamp = this.parse8601(trade.time);
    const own = trade.tradeId !== undefined;
    return this.safeTrade({
      id: own ? trade.tradeId : trade.id, order: trade.orderId, timestamp, datetime: this.iso8601(timestamp),
      symbol: this.safeSymbol(trade.instrument, market), type: undefined, side: own ? trade.side : trade.takerSide,
      takerOrMaker: own ? (trade.maker ? 'maker' : 'taker') : undefined, price: this.fromUnits(trade.price),
      amount: this.fromUnits(trade.quantity), cost: this.fromUnits(trade.notional),
      fee: own ? { cost: this.fromUnits(trade.fee), currency: 'BTC' } : undefined, info: trade,
    }, market);
  }

  // Lists come newest first. Whoever names a time wants the first ones since then, so all are read; else the newest will do.
  async pages(method, params, since, limit, whole = false) {
    const until = this.safeInteger(params, 'until');
    let request = this.omit(params, 'until');
    if (since !== undefined) request.from = this.iso8601(since);
    if (until !== undefined) request.to = this.iso8601(until);
    const wanted = whole || since !== undefined ? Infinity : limit ?? 100;
    request.limit = Math.min(wanted, PAGE);
    const items = [];
    for (let page = 0; page < this.options.maxPages; page++) {
      const answer = await this[method](request);
      items.push(...answer.items);
      if (answer.nextCursor === undefined || items.length >= wanted) return items.slice(0, wanted);
      request = { ...request, cursor: answer.nextCursor };
    }
    throw new ExchangeError(`${this.id} there are more than ${items.length} of them: name a later since, an earlier params.until, `
      + 'or a larger options.maxPages');
  }

  // ---- orders ----

  // The market holds no coins: it tells what was proved to it. What is free is what orders may draw on;
  // used is what is behind orders or locked in swaps.
  // With options.holdings the total is what the wallet has, and free what of that is not used.
  async fetchBalance(params = {}) {
    await this.loadMarkets();
    const info = await this.privateGetBalances(params);
    const held = this.options.holdings ? await this.options.holdings() : {};
    const balance = { info };
    for (const { asset, free, ordered, inSwap } of info.assets) {
      balance[asset] = { used: this.fromUnits(Precise.stringAdd(ordered, inSwap)) };
      if (held[asset] === undefined) balance[asset].free = this.fromUnits(free);
    }
    for (const code of Object.keys(held)) balance[code] = { ...balance[code], total: this.numberToString(held[code]) };
    return this.safeBalance(balance);
  }

  // What coins behind an order cover, without the fee of the transaction that locks them: base units, or satoshis, rounded up.
  gives(market, side, price, quantity) {
    if (side === 'sell') return { code: market.base, amount: quantity };
    const unit = BigInt(UNIT);
    return { code: market.quote, amount: ((BigInt(price) * BigInt(quantity) + unit - 1n) / unit).toString() };
  }

  async accountKey() {
    if (this.options.account === undefined) this.options.account = (await this.privateGetAuthAccount()).key;
    return this.options.account;
  }

  // An order as the market takes it, but for its proofs, and what those are made of. Every member that is signed is named.
  async draft(symbol, type, side, amount, price = undefined, params = {}) {
    await this.loadMarkets();
    const market = this.market(symbol);
    const order = {
      clientOrderId: this.safeString(params, 'clientOrderId') ?? `ccxt-${this.uuid22()}`, instrument: market.id, side, type,
    };
    const asked = this.safeStringLower(params, 'timeInForce') ?? (type === 'market' ? 'ioc' : params.expiresAt ? 'gtd' : 'gtc');
    if (type === 'market') {
      order.protection = await this.protectionOf(market, side, price ?? params.protection);
    } else {
      this.checkOrderArguments(market, type, side, amount, price, params);
      order.price = this.priceOf(symbol, price);
      if (params.discount !== undefined) order.discount = params.discount.toString();
    }
    order.quantity = this.quantityOf(symbol, amount);
    order.timeInForce = asked === 'po' ? 'gtc' : asked;
    if (params.expiresAt !== undefined) order.expiresAt = new Date(params.expiresAt).toISOString();
    order.postOnly = asked === 'po' || this.safeBool(params, 'postOnly', false);
    if (params.postOnlyMode !== undefined) order.postOnlyMode = params.postOnlyMode;
    order.selfTradePrevention = params.selfTradePrevention ?? 'cancelNewest';
    const [network, account] = [market.info.network, await this.accountKey()];
    return {
      order, network, account, gives: this.gives(market, side, order.price ?? order.protection, order.quantity),
      text: (outpoints) => textOf(network, account, order, outpoints),
    };
  }

  // A market order names its worst price: what is given, or so much off the best one.
  async protectionOf(market, side, named) {
    if (named !== undefined) return this.priceOf(market.symbol, named);
    const book = await this.publicGetInstrumentsInstrumentBook({ instrument: market.id, depth: 1 });
    const best = (side === 'buy' ? book.asks : book.bids)[0]?.price;
    if (best === undefined) throw new OrderNotFillable(`${this.id} nobody is on the other side of ${market.symbol}`);
    const part = Precise[side === 'buy' ? 'stringAdd' : 'stringSub']('1', this.options.slippage);
    const tick = BigInt(market.info.rules.tickSize);
    const worst = BigInt(Precise.stringMul(best, part).split('.')[0]);
    // Towards the best price, so that it is no further off than was said.
    const price = side === 'buy' ? worst / tick * tick : (worst + tick) / tick * tick;
    const most = BigInt(market.info.rules.maxPrice);
    return (price > most ? most : price).toString();
  }

  // The coins behind an order: proofs, proved ones by name, what signOrder signs for, or else any that are proved.
  async coinsOf(draft, params) {
    if (params.proofs !== undefined) return params.proofs;
    if (params.outpoints !== undefined) return params.outpoints.map((outpoint) => ({ outpoint }));
    const sign = params.signOrder ?? this.options.signOrder;
    return sign === undefined ? [] : sign(draft);
  }

  // What the agent holds swaps against (docs/orders.md#orders-of-other-programs): on disk before the market is asked. The end
  // before the line closes one that a crash cut short.
  async note(line) {
    const path = this.options.notes;
    if (path === undefined) return;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      await file.writeFile(`\n${JSON.stringify({ ...line, notedAt: new Date().toISOString() })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    const folder = await open(dirname(path));
    await folder.sync().finally(() => folder.close());
  }

  async createOrder(symbol, type, side, amount, price = undefined, params = {}) {
    if (params.proofs !== undefined && params.clientOrderId === undefined) {
      throw new ArgumentsRequired(`${this.id} createOrder() with params.proofs needs params.clientOrderId: it is signed, too`);
    }
    const draft = await this.draft(symbol, type, side, amount, price, params);
    const outpoints = await this.coinsOf(draft, params);
    const { clientOrderId, instrument, quantity, timeInForce, expiresAt } = draft.order;
    await this.note({
      clientOrderId, instrument, side, price: draft.order.price ?? draft.order.protection, quantity, timeInForce, expiresAt,
      proved: outpoints.every((one) => one.signature === undefined),
    });
    const placed = await this.place({ ...draft.order, outpoints }, params.clientOrderId === undefined);
    return this.parseOrder({ ...placed.order, fills: placed.fills }, this.market(symbol));
  }

  // What is refused for certain was never placed: nobody else shall place it by the same id. One that was named may stand.
  async place(order, isNew) {
    try {
      return await this.privatePostOrders(order);
    } catch (refused) {
      if (isNew && refused.problem?.status >= 400 && refused.problem.status < 500) {
        await this.note({ clientOrderId: order.clientOrderId, void: true });
      }
      throw refused;
    }
  }

  async editOrder(id, symbol, type, side, amount = undefined, price = undefined, params = {}) {
    await this.loadMarkets();
    const request = { ...this.named(id, symbol, params), ...this.omit(params, ['clientOrderId', 'instrument']) };
    if (amount !== undefined) request.quantity = this.quantityOf(symbol, amount);
    if (price !== undefined) request.price = this.priceOf(symbol, price);
    if (this.options.notes !== undefined) {
      const { clientOrderId } = params.clientOrderId === undefined ? await this.privateGetOrdersId(this.named(id, symbol)) : params;
      const { price: worst, quantity } = request;
      await this.note({ clientOrderId, instrument: this.market(symbol).id, side, price: worst, quantity });
    }
    const amended = await this.privatePatchOrdersId(request);
    return this.parseOrder({ ...amended.order, fills: amended.fills }, this.market(symbol));
  }

  async cancelOrder(id, symbol = undefined, params = {}) {
    await this.loadMarkets();
    return this.parseOrder(await this.privateDeleteOrdersId(this.named(id, symbol, params)));
  }

  // Each is answered by itself: one that could not be cancelled has no status, and its problem as info.
  async cancelOrders(ids, symbol = undefined, params = {}) {
    await this.loadMarkets();
    const all = [];
    for (let at = 0; at < ids.length; at += BATCH_CANCELS) {
      const some = ids.slice(at, at + BATCH_CANCELS);
      const { answers } = await this.privateDeleteOrdersBatch({ orders: some.map((id) => this.named(id, symbol, params)) });
      answers.forEach((answer, n) => all.push(
        answer.order ? this.parseOrder(answer.order) : this.safeOrder({ id: some[n], symbol, info: answer.problem })));
    }
    return all;
  }

  async cancelAllOrders(symbol = undefined, params = {}) {
    await this.loadMarkets();
    const request = symbol === undefined ? params : { instrument: this.market(symbol).id, ...params };
    return this.parseOrders((await this.privatePostOrdersCancelAll(request)).orders);
  }

  // All orders of the account go after so many milliseconds, in whole seconds, unless this is said again; nought turns it off.
  async cancelAllOrdersAfter(timeout, params = {}) {
    return await this.privatePutOrdersDeadMan({ seconds: Math.ceil(timeout / 1000), ...params });
  }

  async fetchOrder(id, symbol = undefined, params = {}) {
    await this.loadMarkets();
    const order = await this.privateGetOrdersId(this.named(id, symbol, params));
    const fills = await this.privateGetFills({ instrument: order.instrument, order: order.id, limit: PAGE });
    return this.parseOrder({ ...order, fills: fills.items });
  }

  async fetchOrderTrades(id, symbol = undefined, since = undefined, limit = undefined, params = {}) {
    return await this.fetchMyTrades(symbol, since, limit, { order: id, ...params });
  }

  async fetchOrders(symbol = undefined, since = undefined, limit = undefined, params = {}) {
    return await this.listOrders(symbol, since, limit, params);
  }

  async fetchOpenOrders(symbol = undefined, since = undefined, limit = undefined, params = {}) {
    return await this.listOrders(symbol, since, limit, { status: 'open', ...params }, limit === undefined);
  }

  async fetchCanceledOrders(symbol = undefined, since = undefined, limit = undefined, params = {}) {
    return await this.listOrders(symbol, since, limit, { status: 'cancelled', ...params });
  }

  // Those that were filled whole: swaps of some may still run.
  async fetchClosedOrders(symbol = undefined, since = undefined, limit = undefined, params = {}) {
    const [settling, filled] = [
      await this.listOrders(symbol, since, limit, { status: 'settling', ...params }),
      await this.listOrders(symbol, since, limit, { status: 'filled', ...params }),
    ];
    const all = this.sortBy([...settling, ...filled], 'timestamp');
    return this.filterBySinceLimit(all, since, limit, 'timestamp', since === undefined);
  }

  async listOrders(symbol, since, limit, params, whole = false) {
    await this.loadMarkets();
    const market = symbol === undefined ? undefined : this.market(symbol);
    const request = market ? { instrument: market.id, ...params } : params;
    const orders = await this.pages('privateGetOrders', request, since, limit, whole);
    return this.parseOrders(orders.toReversed(), market, since, limit);
  }

  async fetchMyTrades(symbol = undefined, since = undefined, limit = undefined, params = {}) {
    await this.loadMarkets();
    const market = symbol === undefined ? undefined : this.market(symbol);
    const request = market ? { instrument: market.id, ...params } : params;
    return this.parseTrades(this.counted(await this.pages('privateGetFills', request, since, limit)), market, since, limit);
  }

  // An order's number is good in its instrument. It becomes a part of a path, so it is held to what an id may be.
  named(id, symbol, params) {
    const client = this.safeString(params, 'clientOrderId');
    const name = client === undefined ? String(id) : `client:${client}`;
    if (!/^([0-9]{1,19}|client:[A-Za-z0-9_-]{1,32})$/.test(name)) {
      throw new BadRequest(`${this.id} ${this.json(name)} is no order's id`);
    }
    const instrument = symbol === undefined ? this.safeString(params, 'instrument') : this.market(symbol).id;
    return instrument === undefined ? { id: name } : { id: name, instrument };
  }

  // What was paid is known where the fills are: elsewhere cost and average are left out, and not guessed from the order's price.
  parseOrder(order, market = undefined) {
    const [timestamp, updated] = [this.parse8601(order.createdAt), this.parse8601(order.updatedAt)];
    const filled = this.fromUnits(order.filled);
    const fills = order.fills ? this.counted(order.fills) : undefined;
    const told = (fills ?? []).reduce((sum, fill) => sum + BigInt(fill.quantity), 0n).toString();
    const known = order.filled === '0' || told === order.filled;
    const parsed = this.safeOrder({
      id: order.id, clientOrderId: order.clientOrderId, timestamp, datetime: this.iso8601(timestamp), lastUpdateTimestamp: updated,
      symbol: this.safeSymbol(order.instrument, market), type: order.type, side: order.side,
      timeInForce: order.postOnly ? 'PO' : order.timeInForce.toUpperCase(), postOnly: order.postOnly,
      price: this.fromUnits(order.price),
      amount: this.fromUnits(order.quantity), filled, remaining: Precise.stringSub(this.fromUnits(order.quantity), filled),
      status: order.cancelReason === 'expired' ? 'expired' : STATUSES[order.status], trades: fills ?? [], info: order,
    }, market);
    if (!known) [parsed.cost, parsed.average] = [undefined, undefined];
    return parsed;
  }

  // ---- streams ----

  socketUrl() {
    const url = new URL(SOCKET_PATH, this.urls.api.ws ?? this.urls.api.rest);
    url.protocol = url.protocol.replace('http', 'ws');
    return url.href;
  }

  // A socket that is not encrypted, as on a devnet, needs no agent where no proxy is asked for.
  getHttpAgentIfNeeded() {
    return this.httpAgent;
  }

  // Positions outlive a connection: the next one goes on where the last one broke, where the market still has what came between.
  async follow(channel, hash = channel) {
    this.resumeAt ??= {};
    const request = { op: 'subscribe', id: channel, topic: channel, since: this.resumeAt[channel] };
    return await this.watchMultiple(this.socketUrl(), [hash], request, [channel]);
  }

  async authenticate() {
    try {
      return await this.signSocketIn();
    } catch (refused) {
      if (refused.problem?.code !== 'clockSkew') throw refused;
      await this.setClock();
      return await this.signSocketIn();
    }
  }

  async signSocketIn() {
    const url = this.socketUrl();
    const client = this.client(url);
    const future = client.future(SIGNED_IN);
    if (client.subscriptions[SIGNED_IN] === undefined) {
      this.checkRequiredCredentials();
      const stamp = this.stamped(new URL(url).host, 'GET', SOCKET_PATH, '', undefined);
      this.watch(url, SIGNED_IN, { op: 'auth', id: SIGNED_IN, key: this.apiKey, ...stamp }, SIGNED_IN);
    }
    return await future;
  }

  async watchOrderBook(symbol, limit = undefined) {
    await this.loadMarkets();
    const book = await this.follow(`book:${this.market(symbol).id}`);
    return limit === undefined ? book.limit() : { ...book, bids: book.bids.slice(0, limit), asks: book.asks.slice(0, limit) };
  }

  async watchTicker(symbol) {
    await this.loadMarkets();
    return await this.follow(`ticker:${this.market(symbol).id}`);
  }

  // Each as it is made, and again when its status changes: a known id takes the place of what was known.
  async watchTrades(symbol, since = undefined, limit = undefined) {
    await this.loadMarkets();
    const trades = await this.follow(`trades:${this.market(symbol).id}`);
    const most = this.newUpdates ? trades.getLimit(symbol, limit) : limit;
    return this.filterBySinceLimit([...trades], since, most, 'timestamp', true);
  }

  async watchOHLCV(symbol, timeframe = '1m', since = undefined, limit = undefined) {
    await this.loadMarkets();
    const candles = await this.follow(`candles:${this.market(symbol).id}:${this.intervalOf(timeframe)}`);
    const most = this.newUpdates ? candles.getLimit(undefined, limit) : limit;
    return this.filterBySinceLimit([...candles], since, most, 0, true);
  }

  async watchOrders(symbol = undefined, since = undefined, limit = undefined) {
    return await this.followOwn('orders', symbol, since, limit);
  }

  async watchMyTrades(symbol = undefined, since = undefined, limit = undefined) {
    return await this.followOwn('fills', symbol, since, limit);
  }

  async followOwn(channel, symbol, since, limit) {
    await this.loadMarkets();
    await this.authenticate();
    const items = await this.follow(channel, symbol === undefined ? channel : `${channel}:${this.market(symbol).symbol}`);
    const most = this.newUpdates ? items.getLimit(symbol, limit) : limit;
    return this.filterBySymbolSinceLimit([...items], symbol, since, most, true);
  }

  handleMessage(client, message) {
    const { channel, type } = message;
    if (message.position !== undefined) this.resumeAt[channel] = message.position;
    if (type === 'refused') this.handleRefusal(client, message);
    else if (type === SIGNED_IN) client.futures[SIGNED_IN]?.resolve(true);
    else if (['snapshot', 'delta', 'update'].includes(type)) this.handleData(client, message);
  }

  // An answer has the id of what was asked for; without one a channel cannot be told now, and a snapshot comes once it can be.
  handleRefusal(client, { id, channel, data }) {
    const error = this.errorOf(data, data.status);
    if (id !== undefined) {
      delete client.subscriptions[id];
      delete this.resumeAt[id];
    }
    const hash = id ?? channel;
    for (const one of Object.keys(client.futures)) {
      if (one === hash || one.startsWith(`${hash}:`)) client.reject(error, one);
    }
  }

  handleData(client, message) {
    const { topic, channel, data } = message;
    const market = this.safeMarket(message.instrument);
    const items = message.type === 'snapshot' && Array.isArray(data) ? data : [data];
    if (topic === 'book') {
      this.handleBook(client, message, market);
    } else if (topic === 'ticker') {
      this.tickers[market.symbol] = this.parseTicker(data, market);
      client.resolve(this.tickers[market.symbol], channel);
    } else if (topic === 'trades') {
      const trades = this.trades[market.symbol] ??= new Recent(this.options.cached, (trade) => trade.id);
      // A snapshot has the newest first.
      const inOrder = message.type === 'snapshot' ? items.toReversed() : items;
      inOrder.forEach((trade) => trades.put(this.parseTrade(trade, market)));
      if (items.length > 0) client.resolve(trades, channel);
    } else if (topic === 'candles') {
      const candles = this.ohlcvs[channel] ??= new Recent(this.options.cached, (candle) => candle[0]);
      items.forEach((candle) => candles.put(this.parseOHLCV(candle)));
      if (items.length > 0) client.resolve(candles, channel);
    } else if (topic === 'orders' || topic === 'fills') {
      this.handleOwn(client, topic, items);
    }
  }

  handleOwn(client, topic, items) {
    const of = topic === 'orders'
      ? {
        cache: this.orders ??= new Recent(this.options.cached, (one) => `${one.symbol}:${one.id}`),
        read: (one) => this.parseOrder(one),
      }
      : {
        cache: this.myTrades ??= new Recent(this.options.cached, (one) => `${one.symbol}:${one.id}:${one.order}`),
        read: (one) => this.parseTrade(one),
      };
    const symbols = new Set();
    for (const item of items) {
      const parsed = of.read(item);
      of.cache.put(parsed);
      symbols.add(parsed.symbol);
    }
    if (symbols.size === 0) return;
    client.resolve(of.cache, topic);
    for (const symbol of symbols) client.resolve(of.cache, `${topic}:${symbol}`);
  }

  // A book is told on only while it is the market's: after a gap, or where its checksum is another, it is asked for anew.
  handleBook(client, { channel, type, data }, market) {
    this.wireLevels ??= {};
    if (type === 'snapshot') {
      this.wireLevels[channel] = { bids: new Map(), asks: new Map() };
      this.orderbooks[market.symbol] = this.orderBook({ symbol: market.symbol });
    }
    const [book, levels] = [this.orderbooks[market.symbol], this.wireLevels[channel]];
    // What comes until the snapshot that was asked for is of no book.
    if (levels === undefined) return;
    const follows = type === 'snapshot' || data.sequence === book.nonce + 1;
    for (const side of follows ? ['bids', 'asks'] : []) {
      for (const level of data[side]) {
        const parsed = this.parseLevel(level);
        book[side].storeArray(parsed);
        if (level.quantity === '0') levels[side].delete(parsed[0]);
        else levels[side].set(parsed[0], `${level.price}:${level.quantity}`);
      }
    }
    if (follows && checksumOf(book, levels) === data.checksum) {
      book.nonce = data.sequence;
      book.timestamp = this.parse8601(data.time);
      book.datetime = this.iso8601(book.timestamp);
      client.resolve(book, channel);
      return;
    }
    delete this.wireLevels[channel];
    delete this.resumeAt[channel];
    if (type === 'snapshot') {
      client.reject(new ChecksumError(`${this.id} a snapshot of ${market.symbol} is not what its checksum says`), channel);
    } else {
      client.send({ op: 'resync', id: channel, topic: channel }).catch((error) => client.onError(error));
    }
  }
}

// Of the ten best levels of each side, by turns, as the wire has them.
function checksumOf(book, levels) {
  const parts = [];
  for (let n = 0; n < CHECKED_LEVELS; n++) {
    for (const side of ['bids', 'asks']) {
      if (book[side][n]) parts.push(levels[side].get(book[side][n][0]));
    }
  }
  return ccxt.crc32(parts.join(':'), false);
}

// The text that the address of each coin behind an order signs: docs/protocol.md.
export function textOf(network, account, order, outpoints) {
  const members = [
    'clientOrderId', 'instrument', 'side', 'type', 'price', 'discount', 'protection', 'quantity', 'timeInForce', 'expiresAt',
    'postOnly', 'postOnlyMode', 'selfTradePrevention',
  ];
  const lines = members.filter((name) => order[name] !== undefined).map((name) => `${name}=${order[name]}`);
  const head = ['market/order/v1', `network=${network}`, `account=${account}`];
  return [...head, ...lines, `outpoints=${outpoints.join(',')}`, ''].join('\n');
}
