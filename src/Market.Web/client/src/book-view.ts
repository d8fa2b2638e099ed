// The order book as rows: binned, with depth bars, own orders marked, and keyboard from row to row.
import { Book, binned, bins, fitting, fold, type Row } from './book';
import { inAddress, toAddress } from './address';
import { announce, coalesced, find, make, need, say } from './dom';
import { money, unitName } from './money';
import { column, shares } from './units';
import type { WatchedOrder } from './wire';

const VISIBLE = 14;

interface Cells {
  row: HTMLTableRowElement;
  bar: HTMLElement;
  /** The row's button: it covers the whole row, and its text is the price. */
  button: HTMLButtonElement;
  price: HTMLElement;
  size: HTMLElement;
  sum: HTMLElement;
  last: string;
}
type BookSide = 'asks' | 'bids';

export interface Pick {
  side: BookSide;
  price: bigint;
  total: bigint;
}

/** A row by what it shows. */
interface Place {
  side: BookSide;
  price: bigint;
}

export class BookView {
  readonly draw = coalesced(() => this.render());
  onPick: (pick: Pick) => void = () => {
    /* set by the page */
  };
  private readonly asks: Cells[];
  private readonly bids: Cells[];
  private readonly bin = need<HTMLSelectElement>('[data-bin]');
  private own: readonly WatchedOrder[] = [];
  private rows: Record<BookSide, Row[]> = { asks: [], bids: [] };
  /** The list's one tab stop, and the row that was chosen: prices, since rows move. */
  private stop: Place | null = null;
  private picked: Place | null = null;
  private ready = false;

  constructor(
    private readonly book: Book,
    private readonly tick: bigint,
  ) {
    this.asks = this.take('asks').reverse();
    this.bids = this.take('bids');
    this.bin.addEventListener('change', () => {
      toAddress('bin', this.bin.value);
      this.draw();
    });
    addEventListener('unitschange', () => {
      for (const one of this.bin.options) one.text = `${money(one.value)} ${unitName()}`;
      this.draw();
    });
    need('[data-book]').addEventListener('keydown', event => this.move(event as KeyboardEvent));
    need('[data-book]').addEventListener('click', event => this.pick(event));
    need('[data-book]').addEventListener('focusin', event => {
      this.stop = this.placeOf(event.target as Element) ?? this.stop;
      this.setStop();
    });
  }

  setOwn(orders: readonly WatchedOrder[]): void {
    this.own = orders;
    const legend = find('[data-own-legend]');
    if (legend !== null) legend.hidden = orders.length === 0;
    this.draw();
  }

  /** Replaces the server's rows by rows of our own; the layout is the same. */
  private take(side: BookSide): Cells[] {
    const body = need(`tbody[data-side="${side}"]`);
    const label = need('.side-label', body);
    const cells = Array.from({ length: VISIBLE }, (): Cells => {
      const bar = make('span', { class: 'bar', 'aria-hidden': 'true' });
      const price = make('span', { class: 'pxv' });
      const button = make('button', { type: 'button', class: 'pxb num', tabindex: '-1' }, price);
      const size = make('td', { class: 'num' });
      const sum = make('td', { class: 'num sum' });
      return {
        row: make('tr', { class: 'blank' }, make('td', { class: 'num px' }, bar, button), size, sum),
        bar,
        button,
        price,
        size,
        sum,
        last: '',
      };
    });
    const rows = cells.map(c => c.row);
    if (side === 'asks') body.replaceChildren(label, ...rows);
    else body.replaceChildren(...rows, label);
    return cells;
  }

  /** A market that was empty at first has no choice of bins yet. */
  private offerBins(): void {
    const best = this.book.bids[0] ?? this.book.asks[0];
    if (this.bin.options.length > 1 || best === undefined) return;
    const choice = bins(this.tick, best.price);
    this.bin.replaceChildren(...choice.map(b => make('option', { value: String(b) }, `${money(b)} ${unitName()}`)));
    const chosen = inAddress('bin');
    this.bin.value = String(choice.find(b => String(b) === chosen) ?? fitting(this.book, choice, VISIBLE));
  }

  private render(): void {
    this.offerBins();
    const bin = BigInt(this.bin.value);
    const asks = fold(this.book.asks, bin, true, VISIBLE);
    const bids = fold(this.book.bids, bin, false, VISIBLE);
    const focused = this.placeOf(document.activeElement);
    const at = focused === null ? 0 : this.indexOf(focused);
    this.rows = { asks, bids };
    const deepest = [asks.at(-1)?.total ?? 0n, bids.at(-1)?.total ?? 0n].reduce((a, b) => (a > b ? a : b));
    const ownAt = (side: 'buy' | 'sell'): Set<bigint> =>
      new Set(this.own.filter(o => o.side === side).map(o => binned(BigInt(o.price), bin, side === 'sell')));
    this.fill('asks', deepest, ownAt('sell'), 'sell');
    this.fill('bids', deepest, ownAt('buy'), 'buy');
    if (focused === null) this.setStop();
    else this.follow(focused, at);
    const bestBid = this.book.bids[0];
    const bestAsk = this.book.asks[0];
    say(
      find('[data-fig="spread"]'),
      bestBid && bestAsk
        ? `spread ${money(bestAsk.price - bestBid.price)} ${unitName()}`
        : bestBid
          ? 'nobody asks'
          : bestAsk
            ? 'nobody bids'
            : 'the book is empty',
    );
    say(
      find('.asks .side-label th'),
      asks.length > 0 ? 'Sell orders' : 'Sell orders: nobody offers shares right now',
    );
    say(
      find('.bids .side-label th'),
      bids.length > 0 ? 'Buy orders' : 'Buy orders: nobody bids for shares right now',
    );
    this.ready = true;
  }

  private fill(side: BookSide, deepest: bigint, own: Set<bigint>, word: string): void {
    const [cells, rows] = [this[side], this.rows[side]];
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      const row = rows[i];
      cell.row.classList.toggle('blank', row === undefined);
      cell.row.classList.toggle('own', row !== undefined && own.has(row.price));
      cell.row.classList.toggle('picked', row !== undefined && this.picked?.side === side && this.picked.price === row.price);
      if (row === undefined) {
        for (const e of [cell.price, cell.size, cell.sum]) say(e, '');
        cell.button.disabled = cell.button.hidden = true;
        cell.bar.style.setProperty('--w', '0%');
        cell.bar.classList.add('w0');
        cell.last = '';
        continue;
      }
      const mine = own.has(row.price) ? ', your order is in it' : '';
      cell.button.disabled = cell.button.hidden = false;
      say(cell.price, money(row.price));
      cell.button.setAttribute(
        'aria-label',
        `${word} orders at ${money(row.price)} ${unitName()}: ${shares(row.units)} shares, ${shares(row.total)} in sum${mine}`,
      );
      const key = `${row.price}:${row.units}`;
      say(cell.size, column(row.units), this.ready && cell.last !== key && cell.last.startsWith(`${row.price}:`));
      cell.size.title = `${shares(row.units)} shares in ${row.orders} ${row.orders === 1 ? 'order' : 'orders'}`;
      say(cell.sum, column(row.total));
      cell.bar.classList.remove('w0');
      cell.bar.style.setProperty('--w', `${deepest === 0n ? 0 : Number((row.total * 1000n) / deepest) / 10}%`);
      cell.last = key;
    }
  }

  /** The row that the element is the button of. */
  private placeOf(element: Element | null): Place | null {
    for (const side of ['asks', 'bids'] as const) {
      const row = this.rows[side][this[side].findIndex(c => c.button === element)];
      if (row !== undefined) return { side, price: row.price };
    }
    return null;
  }

  private indexOf(place: Place): number {
    return this.rows[place.side].findIndex(row => row.price === place.price);
  }

  /** All buttons from the highest price to the lowest. */
  private get all(): HTMLButtonElement[] {
    return [...[...this.asks].reverse(), ...this.bids].filter(c => !c.button.disabled).map(c => c.button);
  }

  /** Focus stays with its price wherever that moves; where the level is gone, with what took its place, and where nothing did, with
   * what is left. */
  private follow(place: Place, before: number): void {
    const found = this.indexOf(place);
    const rows = this.rows[place.side].length;
    const button =
      rows === 0 ? this.all[0] : this[place.side][found >= 0 ? found : Math.min(Math.max(before, 0), rows - 1)]?.button;
    if (button === undefined) {
      need('.p-book .scroll').focus({ preventScroll: true });
      this.stop = null;
    } else {
      this.stop = this.placeOf(button);
      if (button !== document.activeElement) button.focus({ preventScroll: true });
    }
    this.setStop();
  }

  private setStop(): void {
    const at = this.stop === null ? -1 : this.indexOf(this.stop);
    const button = at < 0 ? (this.rows.asks.length > 0 ? this.asks : this.bids)[0]?.button : this[this.stop!.side][at]?.button;
    for (const c of [...this.asks, ...this.bids]) c.button.tabIndex = c.button === button ? 0 : -1;
  }

  /** Up and down through both sides, past the spread. */
  private move(event: KeyboardEvent): void {
    const all = this.all;
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, to))]?.focus();
  }

  private pick(event: Event): void {
    const place = this.placeOf((event.target as Element).closest('.pxb'));
    const row = place === null ? undefined : this.rows[place.side][this.indexOf(place)];
    if (place === null || row === undefined) return;
    this.picked = place;
    this.draw();
    this.onPick({ ...place, total: row.total });
    announce(
      `${place.side === 'asks' ? 'Buy' : 'Sell'} command set to ${shares(row.total)} shares at ` +
        `${money(row.price)} ${unitName()}.`,
    );
  }
}
