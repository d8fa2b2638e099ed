// The trade tape: newest on top, each trade once, in the state that it was told last.
import { find, make, need } from './dom';
import { keepPlace } from './rove';
import { money } from './money';
import { clock, column, short, whole } from './units';
import type { SwapCounts, Trade } from './wire';

const KEPT = 100;

export class Tape {
  private readonly body = need<HTMLTableSectionElement>('[data-tape]');

  reset(trades: readonly Trade[]): void {
    keepPlace(this.body, () => this.body.replaceChildren(...trades.slice(0, KEPT).map(t => line(t))));
    this.empty();
  }

  /** A new trade comes in its place, one that is shown is shown anew: it became final, or was withdrawn. */
  put(trade: Trade): void {
    keepPlace(this.body, () => this.insert(trade));
    this.empty();
  }

  private insert(trade: Trade): void {
    const rows = [...this.body.rows];
    const id = Number(trade.id);
    const row = line(trade);
    const known = rows.find(r => r.dataset['trade'] === trade.id);
    if (known !== undefined) {
      if (known.className === row.className) return;
      known.replaceWith(row);
    } else {
      const older = rows.find(r => Number(r.dataset['trade']) < id);
      if (older === undefined && rows.length >= KEPT) return;
      this.body.insertBefore(row, older ?? null);
    }
    row.classList.add('flash');
    while (this.body.rows.length > KEPT) this.body.lastElementChild?.remove();
  }

  private empty(): void {
    const note = find('[data-empty="trades"]');
    if (note !== null) note.hidden = this.body.rows.length > 0;
  }
}

/** How swaps ended, in a sentence: as the server says it. */
export function countsText(counts: SwapCounts): string {
  const by = (side: string): number =>
    counts.sides.filter(s => s.side === side).reduce((sum, s) => sum + s.failedAsMaker + s.failedAsTaker, 0);
  return (
    `Swaps so far: ${whole(counts.settled)} settled, ${whole(counts.failed)} failed (${whole(by('seller'))} by sellers, ` +
    `${whole(by('buyer'))} by buyers, ${whole(counts.failedByNobody)} by nobody).`
  );
}

function line(trade: Trade): HTMLTableRowElement {
  const time = make('time', { datetime: trade.time }, clock(trade.time));
  return make(
    'tr',
    { class: `${trade.takerSide} ${trade.status}`, 'data-trade': trade.id },
    make('td', { class: 'num' }, time),
    make('td', {}, make('span', { class: 'side' }, trade.takerSide === 'buy' ? '▲ buy' : '▼ sell')),
    make('td', { class: 'num r px', 'data-sat': trade.price }, money(trade.price)),
    make('td', { class: 'num r' }, column(BigInt(trade.quantity))),
    make('td', { class: 'state' }, trade.status),
    make('td', { class: 'num r wide', 'data-sat': trade.notional }, money(trade.notional)),
    make(
      'td',
      { class: 'num wide' },
      make('a', { href: `/swaps/${encodeURIComponent(trade.swapId)}` }, short(trade.swapId)),
    ),
  );
}
