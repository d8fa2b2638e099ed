// The trading page: starts from the state that the server rendered, then follows the streams.
import { toAddress } from './address';
import { Book } from './book';
import { BookView, type Pick } from './book-view';
import { CandleChart, DiscountChart } from './charts';
import { followTips, startChrome } from './chrome';
import { DepthChart } from './depth';
import { coalesced, find, need, say } from './dom';
import { OwnAccount } from './own';
import { figure, money, sayMoney, typed, unitName } from './money';
import { startRoving } from './rove';
import { Stream } from './stream';
import { SwapList } from './swap-list';
import { countsText, Tape } from './tape';
import { column, hashrate, percent, period, plainShares, shares, signedPercent, whole } from './units';
import { trouble } from './words';
import { errorText, face, factorText, horizon, rounded, takes, times, yieldText } from './worth';
import type {
  BookMessage,
  Candle,
  ChainTips,
  Discount,
  Interval,
  ServerStatus,
  StreamEvent,
  SwapCounts,
  SwapSummary,
  Ticker,
  Trade,
  TradeState,
} from './wire';

const CANDLES_KEPT = 1000;
const LOOK_EVERY = 5_000;
const PER_SHARE = 100_000_000n;

type Verb = 'buy' | 'sell';

class TradePage {
  private readonly state = JSON.parse(need('#state').textContent ?? '{}') as TradeState;
  private readonly id = this.state.instrument.id;
  private readonly book = new Book();
  private readonly rows = new BookView(this.book, BigInt(this.state.instrument.rules.tickSize));
  private readonly depth = new DepthChart(need('[data-chart-depth]'), this.book);
  private readonly tape = new Tape();
  private readonly swaps = new SwapList();
  private readonly own = new OwnAccount(orders => this.rows.setOwn(orders));
  private readonly stream = new Stream(live => this.setConnected(live));
  private readonly candles = new CandleChart(need('[data-chart-candles]'));
  private discounts: DiscountChart | null = null;
  private readonly drawDiscount = coalesced(() => this.discounts?.reset(this.bars));
  private bars: Candle[] = this.state.candles;
  private interval: Interval = this.state.interval;
  private live = bothLive(this.state.chains);
  private wrong: string | null = find('.is-live') === null ? (find('[data-live-text]')?.textContent ?? null) : null;
  private connected = true;
  private asking = false;
  private pick: Pick | null = null;
  private last = this.state.ticker.last;
  private readonly orders = new Map<Verb, { units: bigint; price: bigint }>();
  private countTimer = 0;

  start(): void {
    addEventListener('tabchange', event => this.tab((event as CustomEvent<{ name: string; chosen: string }>).detail));
    startChrome();
    startRoving();
    this.takeBook(this.state.book);
    this.candles.reset(this.bars, this.interval === 'tenSeconds');
    this.rows.onPick = pick => this.fillCommands(pick);
    addEventListener('unitschange', () => this.inOtherUnit());
    need<HTMLSelectElement>('[data-interval]').addEventListener('change', event =>
      this.setInterval((event.target as HTMLSelectElement).value as Interval),
    );
    this.stream.on(`book:${this.id}`, event => this.onBook(event));
    this.stream.on(`trades:${this.id}`, event => this.onTrades(event));
    this.stream.on(`ticker:${this.id}`, event => this.onTicker(event.data as Ticker));
    this.stream.on(`discount:${this.id}`, event => this.onDiscount(event.data as Discount));
    this.stream.on('swaps', event => this.onSwaps(event));
    this.followCandles();
    followTips(this.stream, tips => {
      if (bothLive(tips) === this.live) return;
      this.live = bothLive(tips);
      void this.look();
    });
    this.stream.start();
    setInterval(() => void this.look(), LOOK_EVERY);
  }

  private onBook(event: StreamEvent): void {
    const message = event.data as BookMessage;
    if (event.type === 'snapshot') {
      this.asking = false;
      this.takeBook(message);
      return;
    }
    if (this.asking) return;
    if (!this.book.apply(message)) {
      this.asking = true;
      void this.stream.again(`book:${this.id}`);
      return;
    }
    this.drawBook();
    this.own.soon();
  }

  private drawBook(): void {
    this.rows.draw();
    this.depth.draw();
    if (this.pick !== null) return;
    const bid = this.book.bids[0] ?? this.book.asks[0];
    const ask = this.book.asks[0] ?? this.book.bids[0];
    if (bid !== undefined) this.sayCommand('sell', PER_SHARE, bid.price);
    if (ask !== undefined) this.sayCommand('buy', PER_SHARE, ask.price);
  }

  private takeBook(snapshot: BookMessage): void {
    this.book.reset(snapshot);
    this.drawBook();
  }

  private onTrades(event: StreamEvent): void {
    if (event.type === 'snapshot') this.tape.reset(event.data as Trade[]);
    else this.tape.put(event.data as Trade);
    this.own.soon();
  }

  private onTicker(t: Ticker): void {
    this.last = t.last;
    sayMoney(find('[data-fig="last"]'), t.last, true);
    sayMoney(find('[data-fig="book-last"]'), t.last, false, 'no trade yet');
    say(find('[data-fig="change"]'), signedPercent(t.change));
    for (const name of document.querySelectorAll('[data-period]')) say(name, period(t.since));
    say(find('[data-fig="volume"]'), column(BigInt(t.volume)));
    const range = t.low === undefined || t.high === undefined ? ['\u2013'] : [figure(t.low), ' \u2013 ', figure(t.high)];
    find('[data-fig="range"]')?.replaceChildren(...range);
    this.title();
  }

  private title(): void {
    const price = this.last === undefined ? '' : `${money(this.last)} ${unitName()} \u00b7 `;
    document.title = `${price}${this.id} \u00b7 Market`;
  }

  /** What is written from more than one figure; all else carries its satoshis. */
  private inOtherUnit(): void {
    this.title();
    for (const [verb, { units, price }] of this.orders) this.sayCommand(verb, units, price);
    if (this.pick !== null) this.hint(this.pick);
  }

  private onDiscount(d: Discount): void {
    const empty = find('[data-empty="discount"]');
    if (empty !== null) empty.hidden = true;
    const show = (name: string, text: string): void => say(find(`[data-dv="${name}"]`), text, true);
    say(find('[data-fig="over-fpps"]'), times(d.overFpps), true);
    say(find('[data-fig="horizon"]'), horizon(d.inputs.horizonYears));
    say(find('[data-fig="d"]'), face(d.d, d.dError), true);
    say(find('[data-fig="derror"]'), errorText(d.dError));
    say(find('[data-fig="dtime"]'), takes(d.dTime));
    say(find('[data-fig="dparams"]'), takes(d.dParams, d.dError));
    const u = d.uncertainty;
    const sats = (name: string, value: number | undefined): void => sayMoney(find(`[data-dv="${name}"]`), value, true);
    show('overFpps', times(d.overFpps));
    sats('fppsWorth', d.fppsWorth);
    sats('fpps', d.fppsPrice);
    show('horizon', horizon(d.inputs.horizonYears));
    show('d', factorText(d.d, d.dError));
    show('dError', errorText(d.dError));
    show('rate', percent(d.inputs.rate));
    show('dTime', factorText(d.dTime));
    show('dParams', factorText(d.dParams, d.dError));
    show('mParams', factorText(d.model.dParams));
    show('mChain', factorText(d.model.fee * d.model.orphan));
    show('mLatency', factorText(d.model.latency));
    show('margin', times(d.model.grindingMargin));
    show('mGrinding', factorText(d.model.grinding));
    show('holder', percent(d.inputs.holderPart));
    show('mVariance', factorText(d.model.variance));
    show('mTop', factorText(d.model.topBuyer));
    sats('owner', rounded(d.ownerPrice, u));
    show('aged', percent(d.inputs.window?.aged));
    show('riskPremium', factorText(d.riskPremium, d.riskPremium === undefined ? undefined : d.riskPremium * u));
    sats('face', rounded(d.faceValue, u));
    sats('model', rounded(d.modelPrice, u));
    show('yield', yieldText(d.impliedYield, d.impliedYieldError));
    show('impliedHashrate', d.impliedHashrate === undefined ? '\u2013' : hashrate(d.impliedHashrate));
    show('hashrate', hashrate(d.inputs.poolHashrate));
    show('error', errorText(u));
    show('part', percent(d.inputs.poolPart));
    show('blocks', whole(d.inputs.horizonBlocks));
  }

  private onSwaps(event: StreamEvent): void {
    const mine = (swap: SwapSummary): boolean => swap.instrument === this.id;
    if (event.type === 'snapshot') this.swaps.reset((event.data as SwapSummary[]).filter(mine));
    else if (mine(event.data as SwapSummary)) this.swaps.update(event.data as SwapSummary);
    else return;
    this.own.soon();
    clearTimeout(this.countTimer);
    this.countTimer = window.setTimeout(() => void this.count(), 500);
  }

  private async count(): Promise<void> {
    try {
      await this.readStatus();
      const ended = await fetch(`/api/v1/instruments/${this.id}/swap-counts`);
      if (ended.ok) say(find('[data-counts]'), countsText((await ended.json()) as SwapCounts));
    } catch {
      // Only a count; the next swap event asks again.
    }
  }

  private followCandles(): void {
    const interval = this.interval;
    this.stream.on(`candles:${this.id}:${interval}`, event => {
      if (this.interval !== interval) return;
      if (event.type === 'snapshot') {
        this.bars = (event.data as Candle[]).slice(-CANDLES_KEPT);
        this.candles.reset(this.bars, interval === 'tenSeconds');
      } else {
        this.takeCandle(event.data as Candle, interval);
      }
      const empty = find('[data-empty="candles"]');
      if (empty !== null) empty.hidden = this.bars.length > 0;
      this.drawDiscount();
    });
  }

  /** A trade counts at the time at which it was made, so that a candle of before may change, come to be, or be no more. */
  private takeCandle(candle: Candle, interval: Interval): void {
    const newest = this.bars.at(-1)?.start;
    const others = this.bars.filter(b => b.start !== candle.start);
    const later = others.filter(b => Date.parse(b.start) > Date.parse(candle.start));
    this.bars = [
      ...others.slice(0, others.length - later.length),
      ...(candle.trades > 0 ? [candle] : []),
      ...later,
    ].slice(-CANDLES_KEPT);
    if (candle.trades > 0 && (newest === undefined || Date.parse(candle.start) >= Date.parse(newest))) {
      this.candles.update(candle);
    } else {
      this.candles.reset(this.bars, interval === 'tenSeconds');
    }
  }

  private setInterval(interval: Interval): void {
    if (interval === this.interval) return;
    toAddress('candle', interval === 'tenSeconds' ? null : interval);
    this.stream.off(`candles:${this.id}:${this.interval}`);
    this.interval = interval;
    this.followCandles();
  }

  private tab(detail: { name: string; chosen: string }): void {
    if (detail.name === 'activity') need('[data-watch]').hidden = detail.chosen === 'trades';
    if (detail.name !== 'chart') return;
    const label = find('[data-interval-label]');
    if (label !== null) label.hidden = detail.chosen === 'depth';
    if (detail.chosen === 'depth') this.depth.draw();
    if (detail.chosen === 'discount') {
      const box = find('[data-chart-discount]');
      if (box !== null) this.discounts ??= new DiscountChart(box);
      this.drawDiscount();
    }
  }

  /** As a reader types it: of several series of shares that expire one has to be named. */
  private sayCommand(verb: Verb, units: bigint, price: bigint, flash = false): void {
    this.orders.set(verb, { units, price });
    const named = this.state.instrument.series === undefined ? '' : ` --instrument ${this.id}`;
    say(find(`[data-cmd="${verb}"]`), `./market ${verb} ${plainShares(units)} --price ${typed(price)}${named}`, flash);
  }

  /** Who takes sell orders buys; the price is the row's, the size all up to and including it. */
  private fillCommands(pick: Pick): void {
    this.sayCommand(verbOf(pick), pick.total, pick.price, true);
    this.pick = pick;
    this.hint(pick);
    if (matchMedia('(max-width: 759px)').matches) find<HTMLButtonElement>('[data-tab="trade"]')?.click();
  }

  private hint(pick: Pick): void {
    const verb = verbOf(pick);
    say(
      find('[data-cmd-hint]'),
      `The ${verb} command takes every order ${verb === 'buy' ? 'up' : 'down'} to ${money(pick.price)} ${unitName()}: ` +
        `${shares(pick.total)} shares.`,
    );
  }

  /** What stands still, and whether orders are taken, is told by no stream: a note must not outlive what it says. */
  private async look(): Promise<void> {
    if (!this.connected) return;
    try {
      await this.readStatus();
      const answer = await fetch(`/api/v1/instruments/${this.id}`);
      if (!answer.ok) return;
      const instrument = (await answer.json()) as { status: string; statusReason?: string };
      say(find('[data-paused-why]'), instrument.statusReason ?? '');
      need('[data-paused]').hidden = instrument.status === 'open';
    } catch {
      // The note above the page says that the server is gone; the next look tries again.
    }
  }

  /** The same status that its own page shows. */
  private async readStatus(): Promise<void> {
    const answer = await fetch('/api/v1/status');
    if (!answer.ok) return;
    const status = (await answer.json()) as ServerStatus;
    say(find('[data-tip="moving"]'), whole(status.swapsMoving), true);
    this.wrong = trouble(status.components, this.id);
    this.showLive();
  }

  private setConnected(live: boolean): void {
    if (this.connected === live) return;
    this.connected = live;
    this.showLive();
  }

  private showLive(): void {
    const box = find('[data-live-state]');
    if (box === null) return;
    const [css, text] = !this.connected
      ? ['is-off', 'not live: reconnecting']
      : this.wrong === null
        ? ['is-live', 'both chains live']
        : ['is-late', this.wrong];
    box.className = `live ${css}`;
    say(find('[data-live-text]'), text);
  }
}

const verbOf = (pick: Pick): Verb => (pick.side === 'asks' ? 'buy' : 'sell');
const bothLive = (tips: ChainTips): boolean => tips.sharechain.live && tips.mainchain.live;

new TradePage().start();
