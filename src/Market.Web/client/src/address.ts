// What the reader sees stands in the address, so that a reload, and whoever is sent the link, sees the same. What is usual is not
// written. Bin, candle, colours and unit are the server's to read, tabs are read here: without scripts there are none.
const VIEW = ['view', 'chart', 'activity', 'candle', 'theme', 'units'];

export const inAddress = (name: string): string | null => new URLSearchParams(location.search).get(name);

/** Writes a choice into the address without a step in the history; null takes it out. */
export function toAddress(name: string, value: string | null): void {
  const url = new URL(location.href);
  if (url.searchParams.get(name) === value) return;
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(history.state, '', url);
  carry();
}

/** Another instrument is looked at in the same way; its prices have bins of their own. */
export function carry(): void {
  const chosen = new URLSearchParams(location.search);
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.markets a[href]')) {
    const url = new URL(link.href);
    for (const name of VIEW) {
      const value = chosen.get(name);
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    link.href = url.pathname + url.search;
  }
}
