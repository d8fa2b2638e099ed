// "Watch my key": the reader names a public key, this browser keeps it, and what that account shows in public is
// marked.
import { find, kept, make, need, say } from './dom';
import { label, money } from './money';
import { keepPlace } from './rove';
import { clock, shares, short } from './units';
import type { WatchedAccount, WatchedOrder } from './wire';

const EVERY = 5_000;
const SOON = 700;

export class OwnAccount {
  private key: string | null = null;
  private timer = 0;
  private readonly form = need<HTMLFormElement>('[data-watch]');
  private readonly input = need<HTMLInputElement>('#watch-key');
  private readonly help = need('[data-watch-help]');
  private readonly usual: Node[];

  constructor(private readonly onOrders: (orders: readonly WatchedOrder[]) => void) {
    this.usual = [...this.help.childNodes].map(n => n.cloneNode(true));
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      this.choose(this.input.value);
    });
    const saved = kept.get('watch-key');
    if (saved !== null && saved !== '') {
      this.input.value = saved;
      this.choose(saved);
    } else this.show(null);
  }

  /** Something happened that may have changed the account. */
  soon(): void {
    if (this.key === null) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(), SOON);
  }

  private choose(text: string): void {
    const typed = text.trim().toLowerCase();
    const key = /^0[23][0-9a-f]{64}$/.test(typed) ? typed.slice(2) : typed;
    this.help.classList.remove('is-bad');
    this.input.removeAttribute('aria-invalid');
    if (key === '') {
      kept.set('watch-key', null);
      this.key = null;
      clearTimeout(this.timer);
      this.help.replaceChildren(...this.usual.map(n => n.cloneNode(true)));
      this.show(null);
      return;
    }
    if (!/^[0-9a-f]{64}$/.test(key)) {
      this.help.classList.add('is-bad');
      this.input.setAttribute('aria-invalid', 'true');
      say(
        this.help,
        'That is not a public key: 64 hex digits (0-9, a-f) are one. Never paste a secret key or a seed anywhere.',
      );
      return;
    }
    kept.set('watch-key', key);
    this.key = key;
    this.input.value = key;
    say(this.help, `Watching ${short(key)}. Empty the field and press Watch to stop.`);
    void this.load();
  }

  private async load(): Promise<void> {
    const key = this.key;
    if (key === null) return;
    clearTimeout(this.timer);
    try {
      const answer = await fetch(`/watch/${key}${location.search}`, { cache: 'no-store' });
      if (answer.ok && this.key === key) this.show((await answer.json()) as WatchedAccount);
    } catch {
      // The note above the page says that the server is gone; the next round tries again.
    }
    if (this.key === key) this.timer = window.setTimeout(() => void this.load(), EVERY);
  }

  private show(account: WatchedAccount | null): void {
    const orders = account?.orders ?? [];
    const swaps = account?.swaps ?? [];
    this.onOrders(orders.filter(o => o.status === 'open'));
    say(find('[data-count="orders"]'), orders.length > 0 ? String(orders.length) : '');
    const moving = swaps.filter(s => s.swap.outcome === 'moving').length;
    say(find('[data-count="swaps"]'), moving > 0 ? String(moving) : '');
    const none =
      'Name your public key above and your orders and swaps are listed here. Only public data is read; ' +
      'nothing can be signed or spent with it.';
    need('[data-own-orders]').replaceChildren(
      ...(account === null ? [] : [standing(account)]),
      account === null ? note(none) : orders.length === 0 ? note('This key has no open or settling order.') : orderTable(orders),
    );
    const list = need('[data-own-swaps]');
    keepPlace(list, () =>
      list.replaceChildren(
        account === null ? note(none) : swaps.length === 0 ? note('This key has no swap yet.') : swapTable(account),
      ),
    );
  }
}

const standing = (account: WatchedAccount): HTMLElement =>
  make('p', { class: 'empty' }, account.standing, ' ', make('a', { href: `/standing?key=${account.key}` }, 'All of it'));

const note = (text: string): HTMLElement => make('p', { class: 'empty' }, text);

function table(caption: string, heads: [string, string, 'money'?][], rows: HTMLElement[]): HTMLElement {
  return make(
    'table',
    { class: 'rows own-table' },
    make('caption', { class: 'sr' }, caption),
    make('thead', {}, make('tr', {}, ...heads.map(head))),
    make('tbody', {}, ...rows),
  );
}

const head = ([text, css, unit]: [string, string, 'money'?]): HTMLElement =>
  make('th', { scope: 'col', class: css }, ...(unit === undefined ? [text] : [`${text} (`, label(), ')']));

function orderTable(orders: readonly WatchedOrder[]): HTMLElement {
  return table(
    'Orders of the watched key that are not done',
    [
      ['Placed (UTC)', ''],
      ['Side', ''],
      ['Price', 'r', 'money'],
      ['Open (share)', 'r'],
      ['of (share)', 'r wide'],
      ['State', ''],
    ],
    orders.map(o =>
      make(
        'tr',
        {},
        make('td', { class: 'num' }, clock(o.createdAt)),
        make('td', { class: `side side-${o.side}` }, o.side === 'buy' ? '▲ buy' : '▼ sell'),
        make('td', { class: 'num r', 'data-sat': o.price }, money(o.price)),
        make('td', { class: 'num r' }, shares(BigInt(o.remaining))),
        make('td', { class: 'num r wide' }, shares(BigInt(o.quantity))),
        make('td', {}, o.status === 'open' ? 'in the book' : 'settling'),
      ),
    ),
  );
}

function swapTable(account: WatchedAccount): HTMLElement {
  return table(
    'Swaps of the watched key',
    [
      ['Swap', ''],
      ['You are', ''],
      ['State', ''],
      ['Size (share)', 'r'],
      ['Acts next', 'wide'],
      ['When (UTC)', 'r wide'],
    ],
    account.swaps.map(({ role, swap }) =>
      make(
        'tr',
        { class: `o-${swap.outcome}` },
        make('td', { class: 'num' }, make('a', { href: `/swaps/${encodeURIComponent(swap.id)}` }, short(swap.id))),
        make('td', {}, role),
        make('td', {}, make('span', { class: 'state' }, swap.label)),
        make('td', { class: 'num r' }, shares(BigInt(swap.quantity))),
        make(
          'td',
          { class: 'wide' },
          swap.outcome !== 'moving' ? '\u2013' : swap.actor === role ? 'you (your agent)' : swap.actor,
        ),
        make('td', { class: 'num r wide' }, when(swap)),
      ),
    ),
  );
}

function when(swap: WatchedAccount['swaps'][number]['swap']): string {
  if (swap.deadline !== undefined) return `by ${clock(swap.deadline.time)}`;
  return swap.earliest === undefined ? '\u2013' : `from ${clock(swap.earliest.time)} on`;
}
