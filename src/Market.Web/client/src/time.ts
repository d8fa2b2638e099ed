// The server's clock: every age and deadline on the page is measured with it, not with the reader's.
import { agoText, span } from './units';

let offset = Number(document.documentElement.dataset['now'] ?? Date.now()) - Date.now();

export const now = (): number => Date.now() + offset;

/** Every stream message carries the server's time. */
export function learn(iso: string): void {
  const time = Date.parse(iso);
  if (Number.isFinite(time)) offset = time - Date.now();
}

export const ago = (iso: string): string => agoText(now() - Date.parse(iso));

export function until(iso: string): string {
  const left = Date.parse(iso) - now();
  return left > 0 ? `in ${span(left)}` : ago(iso);
}

/** Ages and deadlines tick once a second; nothing is announced. */
export function tick(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-age]')) {
    const text = ago(element.dateTime);
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-until]')) {
    const text = until(element.dataset['until'] ?? '');
    if (element.textContent !== text) element.textContent = text;
  }
}
