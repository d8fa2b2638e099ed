// What every page has: colours, copying, keyboard, tabs, ticking ages, both chains' tips.
import { carry, inAddress, toAddress } from './address';
import { announce, blink, find, kept, say } from './dom';
import { tick } from './time';
import type { Stream } from './stream';
import type { ChainTips } from './wire';
import { startUnits } from './money';
import { hashrate, moment, whole } from './units';
import { ago } from './time';

export function startChrome(): void {
  theme();
  startUnits();
  copying();
  keyboard();
  carry();
  for (const list of document.querySelectorAll<HTMLElement>('[role="tablist"]')) tabs(list);
  tick();
  setInterval(tick, 1000);
}

/** The footer follows both chains of the instrument that the page is about. */
export function followTips(stream: Stream, more?: (tips: ChainTips) => void): void {
  const market = document.documentElement.dataset['market'];
  if (market === undefined) return;
  stream.on(`chains:${market}`, event => {
    const tips = event.data as ChainTips;
    for (const tip of [tips.sharechain, tips.mainchain]) {
      say(find(`[data-tip="${tip.chain}-height"]`), `#${whole(tip.height)}`, true);
      say(find(`[data-tip="${tip.chain}-rate"]`), hashrate(tip.hashrate));
      const age = find<HTMLTimeElement>(`[data-tip="${tip.chain}-age"]`);
      if (age !== null) {
        age.dateTime = tip.time;
        age.title = moment(tip.time);
        say(age, ago(tip.time));
      }
      if (tip.reorganised !== undefined && event.type === 'update') {
        announce(`The ${tip.chain} was reorganised by ${tip.reorganised} blocks.`);
      }
    }
    more?.(tips);
  });
}

function theme(): void {
  const button = find<HTMLButtonElement>('[data-theme-button]');
  const names: Record<string, [string, string]> = {
    auto: ['Auto', 'Auto colours, as the system'],
    dark: ['Dark', 'Dark colours'],
    light: ['Light', 'Light colours'],
  };
  const order = ['auto', 'dark', 'light'];
  const current = (): string => document.documentElement.dataset['theme'] ?? 'auto';
  const show = (): void => {
    const [name, label] = names[current()] ?? ['Auto', 'Colours'];
    say(find('[data-theme-name]'), name);
    button?.setAttribute('aria-label', label);
  };
  button?.addEventListener('click', () => {
    const next = order[(order.indexOf(current()) + 1) % order.length] ?? 'auto';
    if (next === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = next;
    kept.set('theme', next === 'auto' ? null : next);
    toAddress('theme', next === 'auto' ? null : next);
    show();
    dispatchEvent(new Event('themechange'));
  });
  if (current() !== 'auto') toAddress('theme', current());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
    dispatchEvent(new Event('themechange')),
  );
  show();
}

function copying(): void {
  document.addEventListener('click', event => {
    const button = (event.target as Element).closest?.('[data-copy]');
    const source = button?.parentElement?.querySelector('[data-copy-source]');
    if (!button || !source) return;
    const text = source.textContent?.trim() ?? '';
    void navigator.clipboard
      .writeText(text)
      .then(
        () => {
          say(button, 'copied');
          announce('Copied.');
        },
        () => {
          say(button, 'select it');
          getSelection()?.selectAllChildren(source);
        },
      )
      .then(() => setTimeout(() => say(button, 'copy'), 1500));
  });
}

function keyboard(): void {
  const help = find<HTMLDialogElement>('[data-help-dialog]');
  const open = (): void => {
    if (help !== null && !help.open) help.showModal();
  };
  find('[data-help]')?.addEventListener('click', open);
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const typing = target.matches('input, textarea, select');
    if (event.key === 'Escape' && typing) target.blur();
    if (typing || help?.open) return;
    if (event.key === '?') open();
    else if (event.key === '/') {
      go(find('[data-search]') ?? find('.markets [aria-current]') ?? find('[data-instrument]'));
    } else if (event.key === 'b' || event.key === 's') toSide(event.key === 'b' ? 'buy' : 'sell');
    else return;
    event.preventDefault();
  });
}

function go(goal: HTMLElement | null): void {
  goal?.focus();
  if (goal) blink(goal);
}

/** To the command of a side, on a phone in the part of the page that has it. */
function toSide(side: 'buy' | 'sell'): void {
  const command = find(`[data-cmd="${side}"]`);
  if (command === null) return;
  if (command.offsetParent === null) find<HTMLButtonElement>('[data-tab="trade"]')?.click();
  go(find('[data-copy]', command.parentElement!));
}

/** Tabs after the ARIA pattern; the first is shown where the address names none. Panels of a list are those with data-panel in the
 * same section; a list without panels (the parts of the page on a phone) sets data-view. */
function tabs(list: HTMLElement): void {
  const buttons = [...list.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
  const scope = list.closest('.panel') ?? document;
  const name = list.dataset['tabs'] ?? '';
  const choose = (button: HTMLButtonElement, focus: boolean): void => {
    const chosen = button.dataset['tab'] ?? '';
    for (const b of buttons) {
      b.setAttribute('aria-selected', String(b === button));
      b.tabIndex = b === button ? 0 : -1;
    }
    if (name === 'view') {
      const desk = find('[data-desk]');
      if (desk !== null) desk.dataset['view'] = chosen;
    } else {
      for (const panel of scope.querySelectorAll<HTMLElement>('[data-panel]')) {
        panel.hidden = panel.dataset['panel'] !== chosen;
        panel.classList.toggle('is-shown', !panel.hidden);
      }
    }
    if (focus) button.focus();
    dispatchEvent(new CustomEvent('tabchange', { detail: { name, chosen } }));
  };
  const pick = (button: HTMLButtonElement, focus: boolean): void => {
    choose(button, focus);
    toAddress(name, button === buttons[0] ? null : (button.dataset['tab'] ?? null));
  };
  const stated = buttons.find(b => b.dataset['tab'] === inAddress(name));
  if (stated !== undefined && stated !== buttons[0]) choose(stated, false);
  list.addEventListener('click', event => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[role="tab"]');
    if (button) pick(button, false);
  });
  list.addEventListener('keydown', event => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    const button = buttons[(to + buttons.length) % buttons.length];
    if (button) pick(button, true);
    event.preventDefault();
  });
}
