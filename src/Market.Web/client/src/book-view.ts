// The order book as rows: binned, with depth bars, own orders marked, and keyboard from row to row.
import { Book, binned, bins, fitting, fold, type Row } from './book';
import { announce, coalesced, find, make, need, say } from './dom';
import { column, shares, whole } from './units';
import type { WatchedOrder } from './wire';

const VISIBLE = 14;

interface Cells {
  row: HTMLTableRowElement;
  bar: HTMLElement;
  price: HTMLButtonElement;
  size: HTMLElement;
  sum: HTMLElement;
  last: string;
}
export interface Pick {
  side: 'asks' | 'bids';
  price: bigint;
  total: bigint;
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
  private rows: { asks: Row[]; bids: Row[] } = { asks: [], bids: [] };
  private ready = false;

  constructor(
    private readonly book: Book,
    private readonly tick: bigint,
  ) {
    this.asks = this.take('asks').reverse();
    this.bids = this.take('bids');
    this.bin.addEventListener('change', this.draw);
    need('[data-book]').addEventListener('keydown', event => this.move(event as KeyboardEvent));
    need('[data-book]').addEventListener('click', event => this.pick(event));
    this.asks[0]?.price.setAttribute('tabindex', '0');
  }

  setOwn(orders: readonly WatchedOrder[]): void {
    this.own = orders;
    const legend = find('[data-own-legend]');
    if (legend !== null) legend.hidden = orders.length === 0;
    this.draw();
  }

  /** Replaces the server's rows by rows of our own; the layout is the same. */
  private take(side: 'asks' | 'bids'): Cells[] {
    const body = need(`tbody[data-side="${side}"]`);
    const label = need('.side-label', body);
    const cells = Array.from({ length: VISIBLE }, (): Cells => {
      const bar = make('span', { class: 'bar', 'aria-hidden': 'true' });
      const price = make('button', { type: 'button', class: 'pxb num', tabindex: '-1' });
      const size = make('td', { class: 'num' });
      const sum = make('td', { class: 'num sum' });
      return {
        row: make('tr', { class: 'blank' }, make('td', { class: 'num px' }, bar, price), size, sum),
        bar,
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
    this.bin.replaceChildren(...choice.map(b => make('option', { value: String(b) }, `${whole(b)} sat`)));
    this.bin.value = String(fitting(this.book, choice, VISIBLE));
  }

  private render(): void {
    this.offerBins();
    const bin = BigInt(this.bin.value);
    const asks = fold(this.book.asks, bin, true, VISIBLE);
    const bids = fold(this.book.bids, bin, false, VISIBLE);
    this.rows = { asks, bids };
    const deepest = [asks.at(-1)?.total ?? 0n, bids.at(-1)?.total ?? 0n].reduce((a, b) => (a > b ? a : b));
    const ownAt = (side: 'buy' | 'sell'): Set<bigint> =>
      new Set(this.own.filter(o => o.side === side).map(o => binned(BigInt(o.price), bin, side === 'sell')));
    this.fill(this.asks, asks, deepest, ownAt('sell'), 'sell');
    this.fill(this.bids, bids, deepest, ownAt('buy'), 'buy');
    const bestBid = this.book.bids[0];
    const bestAsk = this.book.asks[0];
    say(
      find('[data-fig="spread"]'),
      bestBid && bestAsk
        ? `spread ${whole(bestAsk.price - bestBid.price)} sat`
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

  private fill(cells: Cells[], rows: Row[], deepest: bigint, own: Set<bigint>, word: string): void {
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      const row = rows[i];
      cell.row.classList.toggle('blank', row === undefined);
      cell.row.classList.toggle('own', row !== undefined && own.has(row.price));
      if (row === undefined) {
        for (const e of [cell.price, cell.size, cell.sum]) say(e, '');
        cell.price.disabled = cell.price.hidden = true;
        cell.bar.style.setProperty('--w', '0%');
        cell.bar.classList.add('w0');
        cell.last = '';
        continue;
      }
      const mine = own.has(row.price) ? ', your order is in it' : '';
      cell.price.disabled = cell.price.hidden = false;
      say(cell.price, whole(row.price));
      cell.price.setAttribute(
        'aria-label',
        `${word} orders at ${whole(row.price)} sat: ${shares(row.units)} shares, ${shares(row.total)} in sum${mine}`,
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

  /** Up and down through both sides, past the spread. */
  private move(event: KeyboardEvent): void {
    const all = [...[...this.asks].reverse(), ...this.bids].filter(c => !c.price.disabled).map(c => c.price);
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = all[Math.max(0, Math.min(all.length - 1, to))];
    if (next === undefined) return;
    for (const c of [...this.asks, ...this.bids]) c.price.tabIndex = c.price === next ? 0 : -1;
    next.focus();
  }

  private pick(event: Event): void {
    const button = (event.target as Element).closest('.pxb');
    if (!button) return;
    for (const [side, cells] of [
      ['asks', this.asks],
      ['bids', this.bids],
    ] as const) {
      const at = cells.findIndex(c => c.price === button);
      const row = this.rows[side][at];
      for (const c of cells) c.row.classList.toggle('picked', c.price === button);
      if (at < 0 || row === undefined) continue;
      this.onPick({ side, price: row.price, total: row.total });
      announce(
        `${side === 'asks' ? 'Buy' : 'Sell'} command set to ${shares(row.total)} shares at ` +
          `${whole(row.price)} satoshis.`,
      );
    }
  }
}
