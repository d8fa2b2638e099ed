// All pages but the trading page: what is marked data-live is fetched again, rendered by the server, whenever its
// channel says that something changed. Pages so have one rendering, and what a reader without scripts sees is the same.
import { followTips, startChrome } from './chrome';
import { kept } from './dom';
import { unit } from './money';
import { keepPlace, startRoving } from './rove';
import { Stream } from './stream';
import { tick } from './time';

const AT_MOST_EVERY = 1000;
const STEADILY = 5000;

function start(): void {
  startChrome();
  startRoving();
  languages();
  const stream = new Stream(() => {
    /* the note above the page says it */
  });
  const regions = [...document.querySelectorAll<HTMLElement>('[data-live]')];
  const channels = new Set(regions.map(r => r.dataset['live'] ?? ''));
  const refresh = throttled(() => renew());
  let first = true;
  followTips(stream, () => {
    if (channels.has('chains') && !first) refresh();
    first = false;
  });
  // What stands still sends nothing: the page that says so looks by itself.
  if (document.querySelector('[data-live-steadily]') !== null) setInterval(refresh, STEADILY);
  for (const channel of channels) if (channel !== 'chains' && channel !== '') stream.on(channel, () => refresh());
  stream.start();
}

/** Whoever opens an example in a language reads all in it, on the next page too. */
function languages(): void {
  const samples = [...document.querySelectorAll<HTMLDetailsElement>('[data-language]')];
  const show = (language: string | undefined): void => {
    for (const sample of samples) if (sample.dataset['language'] === language) sample.open = true;
  };
  show(kept.get('language') ?? undefined);
  for (const sample of samples) {
    sample.querySelector('summary')?.addEventListener('click', () => {
      if (sample.open) return;
      kept.set('language', sample.dataset['language'] ?? null);
      // The browser opens this one, and closes the others beside it.
      show(sample.dataset['language']);
      sample.open = false;
    });
  }
}

/** Fetches this page and puts in what differs. Elements that the reader has opened or focused stay as they are. */
async function renew(): Promise<void> {
  // Another tab may have chosen another unit in the meantime: this page stays in its own.
  const asked = new URL(location.href);
  asked.searchParams.set('units', unit());
  const answer = await fetch(asked, { headers: { accept: 'text/html' }, cache: 'no-store' });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  if (fresh.documentElement.dataset['units'] !== unit()) return;
  for (const region of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const twin = fresh.querySelector(`[data-live-key="${CSS.escape(region.dataset['liveKey'] ?? '')}"]`);
    if (twin !== null) keepPlace(region, () => merge(region, twin));
  }
  const tips = document.querySelector('[data-tip="moving"]');
  const moving = fresh.querySelector('[data-tip="moving"]');
  if (tips !== null && moving !== null) tips.textContent = moving.textContent;
  if (fresh.title !== '') document.title = fresh.title;
  tick();
  dispatchEvent(new Event('renewed'));
}

/** Makes `old` equal to `twin`, node by node, so that focus, selection and opened details survive. */
function merge(old: Element, twin: Element): void {
  for (const { name, value } of [...twin.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!twin.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  }
  const theirs = [...twin.childNodes];
  for (let i = 0; i < theirs.length; i++) {
    const want = theirs[i]!;
    const stays = keyed(old, want);
    if (stays !== null && stays !== old.childNodes[i]) old.insertBefore(stays, old.childNodes[i] ?? null);
    const have = old.childNodes[i];
    if (have === undefined) old.append(document.importNode(want, true));
    else if (have instanceof Element && want instanceof Element && same(have, want)) merge(have, want);
    else if (isKeyed(have) || isKeyed(want)) old.insertBefore(document.importNode(want, true), have);
    else if (have.nodeType === Node.TEXT_NODE && want.nodeType === Node.TEXT_NODE) {
      if (have.nodeValue !== want.nodeValue && !(old as HTMLElement).hasAttribute?.('data-age')) {
        have.nodeValue = want.nodeValue;
      }
    } else old.replaceChild(document.importNode(want, true), have);
  }
  while (old.childNodes.length > theirs.length) old.lastChild!.remove();
}

const isKeyed = (node: Node): boolean => node instanceof HTMLElement && node.dataset['k'] !== undefined;

const same = (a: Element, b: Element): boolean =>
  a.tagName === b.tagName && a.getAttribute('data-k') === b.getAttribute('data-k');

/** The child of `old` that stands for the same thing as `want`: what carries data-k keeps its element when others come
 * before it. */
function keyed(old: Element, want: Node): Element | null {
  const key = want instanceof HTMLElement ? want.dataset['k'] : undefined;
  if (key === undefined) return null;
  for (const child of old.children) if ((child as HTMLElement).dataset['k'] === key) return child;
  return null;
}

function throttled(work: () => Promise<void>): () => void {
  let busy = false;
  let asked = false;
  const run = async (): Promise<void> => {
    if (busy) {
      asked = true;
      return;
    }
    busy = true;
    try {
      await work();
    } catch {
      // The next change asks again; the note above the page says when the server is gone.
    }
    setTimeout(() => {
      busy = false;
      if (asked) {
        asked = false;
        void run();
      }
    }, AT_MOST_EVERY);
  };
  return () => void run();
}

start();
