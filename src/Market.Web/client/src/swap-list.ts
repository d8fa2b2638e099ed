// Recent swaps as cards that move: the same card as Pages/Shared/_SwapCard.cshtml.
import { blink, find, make, need } from './dom';
import { figure, label, sentence } from './money';
import { keepPlace } from './rove';
import { ago } from './time';
import { clock, shares, short } from './units';
import type { SwapSummary } from './wire';

const KEPT = 12;

export class SwapList {
  private readonly list = need('[data-swaps]');
  private readonly versions = new Map<string, number>();

  reset(swaps: readonly SwapSummary[]): void {
    this.versions.clear();
    for (const s of swaps) this.versions.set(s.id, s.version);
    const newest = [...swaps].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)).slice(0, KEPT);
    keepPlace(this.list, () => this.list.replaceChildren(...newest.map(card)));
    this.empty();
  }

  update(swap: SwapSummary): void {
    if ((this.versions.get(swap.id) ?? -1) >= swap.version) return;
    this.versions.set(swap.id, swap.version);
    keepPlace(this.list, () => this.put(swap));
    this.empty();
  }

  private put(swap: SwapSummary): void {
    const fresh = card(swap);
    const old = find(`[data-swap="${CSS.escape(swap.id)}"]`, this.list);
    if (old !== null) old.replaceWith(fresh);
    else if (this.isNewer(swap)) this.list.prepend(fresh);
    else return;
    blink(fresh);
    while (this.list.children.length > KEPT) this.list.lastElementChild?.remove();
  }

  private isNewer(swap: SwapSummary): boolean {
    const last = this.list.lastElementChild as HTMLElement | null;
    return (
      this.list.children.length < KEPT || last === null || Date.parse(swap.createdAt) > Number(last.dataset['at'])
    );
  }

  private empty(): void {
    const note = find('[data-empty="swaps"]');
    if (note !== null) note.hidden = this.list.children.length > 0;
  }
}

function card(s: SwapSummary): HTMLLIElement {
  const unit = (text: string): HTMLElement => make('span', { class: 'unit' }, text);
  const progress = make('progress', {
    max: String(s.stepsTotal),
    value: String(s.stepsDone),
    'aria-label': 'Steps done',
  });
  const meta = make(
    'span',
    { class: 'swap-meta' },
    make('span', { class: 'num' }, short(s.id)),
    ' ',
    make('time', { 'data-age': '', datetime: s.updatedAt }, ago(s.updatedAt)),
  );
  if (s.deadline !== undefined) meta.append(moment(' \u00b7 by ', s.deadline.time, ' UTC'));
  if (s.earliest !== undefined) meta.append(moment(' \u00b7 from ', s.earliest.time, ' UTC on'));
  return make(
    'li',
    { class: `swap-card o-${s.outcome}`, 'data-swap': s.id, 'data-at': String(Date.parse(s.createdAt)) },
    make(
      'a',
      { class: 'swap-link', href: `/swaps/${encodeURIComponent(s.id)}` },
      make(
        'span',
        { class: 'swap-top' },
        make(
          'span',
          { class: 'num' },
          `${shares(BigInt(s.quantity))} `,
          unit('share'),
          ' ',
          make('span', { class: 'at' }, 'at'),
          ' ',
          figure(s.price),
          ' ',
          label('unit'),
        ),
        ' ',
        make('span', { class: 'state' }, s.label),
      ),
      make(
        'span',
        { class: 'swap-bar' },
        progress,
        make('span', { class: 'num steps' }, `${s.stepsDone}/${s.stepsTotal}`),
      ),
      make('span', { class: 'swap-say' }, ...sentence(s.sentence)),
      meta,
    ),
  );
}

const moment = (before: string, time: string, after: string): HTMLElement =>
  make('span', { class: 'by' }, before, make('time', { class: 'num', datetime: time }, clock(time)), after);
