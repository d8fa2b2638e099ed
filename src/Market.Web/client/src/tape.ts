// The trade tape: newest on top.
import { find, make, need } from './dom';
import { clock, column, short, whole } from './units';
import type { Trade } from './wire';

const KEPT = 100;

export class Tape {
  private readonly body = need<HTMLTableSectionElement>('[data-tape]');
  private newest = '';

  reset(trades: readonly Trade[]): void {
    this.body.replaceChildren(...trades.slice(0, KEPT).map(t => line(t)));
    this.newest = trades[0]?.id ?? '';
    this.empty();
  }

  add(trade: Trade): void {
    if (trade.id === this.newest) return;
    this.newest = trade.id;
    const row = line(trade);
    row.classList.add('flash');
    this.body.prepend(row);
    while (this.body.rows.length > KEPT) this.body.lastElementChild?.remove();
    this.empty();
  }

  private empty(): void {
    const note = find('[data-empty="trades"]');
    if (note !== null) note.hidden = this.body.rows.length > 0;
  }
}

function line(trade: Trade): HTMLTableRowElement {
  const time = make('time', { datetime: trade.time }, clock(trade.time));
  return make(
    'tr',
    { class: trade.takerSide },
    make('td', { class: 'num' }, time),
    make('td', {}, make('span', { class: 'side' }, trade.takerSide === 'buy' ? '▲ buy' : '▼ sell')),
    make('td', { class: 'num r px' }, whole(trade.price)),
    make('td', { class: 'num r' }, column(BigInt(trade.quantity))),
    make('td', { class: 'num r wide' }, whole(trade.notional)),
    make(
      'td',
      { class: 'num wide' },
      make('a', { href: `/swaps/${encodeURIComponent(trade.swapId)}` }, short(trade.swapId)),
    ),
  );
}
