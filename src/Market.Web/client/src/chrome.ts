// What every page has: colours, copying, keyboard, tabs, ticking ages, both chains' tips.
import { announce, blink, find, kept, say } from './dom';
import { tick } from './time';
import type { Stream } from './stream';
import type { ChainTips } from './wire';
import { hashrate, whole } from './units';
import { ago } from './time';

export function startChrome(): void {
  theme();
  copying();
  keyboard();
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
        age.dateTime = tip.seenAt;
        say(age, ago(tip.seenAt));
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
    show();
    dispatchEvent(new Event('themechange'));
  });
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
      const goal = find('[data-search]') ?? find('[data-instrument]');
      goal?.focus();
      if (goal) blink(goal);
    } else return;
    event.preventDefault();
  });
}

/** Tabs after the ARIA pattern. Panels of a list are those with data-panel in the same section; a list without panels
 * (the parts of the page on a phone) sets data-view. */
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
  list.addEventListener('click', event => {
    const button = (event.target as Element).closest<HTMLButtonElement>('[role="tab"]');
    if (button) choose(button, false);
  });
  list.addEventListener('keydown', event => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    const button = buttons[(to + buttons.length) % buttons.length];
    if (button) choose(button, true);
    event.preventDefault();
  });
}
