// A list is one tab stop: the arrows go from link to link within it (data-roving). Without scripts every link is a stop.
const LINKS = 'a[href], button';
const chosen = new WeakMap<HTMLElement, string>();

/** Sets the tab stops of all lists, after the page came and after it changed. */
export function setStops(): void {
  for (const list of document.querySelectorAll<HTMLElement>('[data-roving]')) {
    const links = linksOf(list);
    const last = chosen.get(list);
    const stop =
      links.find(link => link === document.activeElement) ??
      links.find(link => nameOf(link) === last) ??
      links.find(link => link.hasAttribute('aria-current')) ??
      links[0];
    for (const link of links) link.tabIndex = link === stop ? 0 : -1;
  }
}

export function startRoving(): void {
  setStops();
  document.addEventListener('focusin', event => {
    const list = (event.target as Element).closest?.<HTMLElement>('[data-roving]');
    if (!list) return;
    chosen.set(list, nameOf(event.target as HTMLElement));
    setStops();
  });
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const list = (event.target as Element).closest?.<HTMLElement>('[data-roving]');
    if (!list) return;
    const links = linksOf(list);
    const at = links.indexOf(event.target as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: links.length - 1 }[
      event.key
    ];
    if (at < 0 || to === undefined) return;
    links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
    event.preventDefault();
  });
}

/** Changes what is in `list` without losing the reader's place: a focused link that is drawn anew keeps the focus, and where it is
 * gone what stands in its place has it. */
export function keepPlace(list: HTMLElement, change: () => void): void {
  const focused = list.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
  const at = focused === null ? -1 : linksOf(list).indexOf(focused);
  change();
  if (at >= 0 && document.activeElement !== focused) {
    const links = linksOf(list);
    const next = links.find(link => nameOf(link) === nameOf(focused!)) ?? links[Math.min(at, links.length - 1)];
    (next ?? list.closest<HTMLElement>('[tabindex]'))?.focus({ preventScroll: true });
  }
  setStops();
}

const linksOf = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(LINKS)];

const nameOf = (link: HTMLElement): string =>
  link.getAttribute('href') ?? link.getAttribute('aria-label') ?? link.textContent ?? '';
