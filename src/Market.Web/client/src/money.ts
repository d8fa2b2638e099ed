// Amounts of bitcoin and prices in the unit that the reader chose, and the switch between both: the twin of Text/ShownMoney.cs.
// Each figure carries its satoshis, so that the switch writes all of a page anew without asking the server.
import { toAddress } from './address';
import { announce, find, make, say } from './dom';
import { inUnit, nameOf, pieces, typedIn, type MoneyUnit } from './units';

const A_YEAR = 31_536_000;
const NAMED = /\((sat|BTC)\)/;

type Amount = bigint | number | string;

export const unit = (): MoneyUnit => (document.documentElement.dataset['units'] === 'btc' ? 'btc' : 'sat');

/** "sat" or "BTC". */
export const unitName = (): string => nameOf(unit());

/** An amount or a price without its unit; numbers are cut to whole satoshis. */
export const money = (sats: Amount): string => inUnit(sats, unit());

/** A price as the command line takes it. */
export const typed = (sats: Amount): string => typedIn(sats, unit());

/** A figure that the switch writes anew. */
export const figure = (sats: Amount): HTMLElement => make('span', { 'data-sat': whole(sats) }, money(sats));

/** The unit's name, which the switch writes anew. */
export const label = (css = ''): HTMLElement =>
  make('span', { 'data-money': '', ...(css === '' ? {} : { class: css }) }, unitName());

/** A sentence of the server's: amounts in it are figures with their unit. */
export const sentence = (text: string): (Node | string)[] =>
  pieces(text).flatMap((piece, i) => (i % 2 === 0 ? [piece] : [figure(piece.replaceAll(',', '')), ' ', label()]));

/** Sets a figure, or the words for one that is not there. */
export function sayMoney(element: HTMLElement | null, sats: Amount | undefined, flash = false, none = '\u2013'): void {
  if (element === null) return;
  // What the server wrote is a figure of its own in here.
  if (element.firstElementChild !== null) element.textContent = element.textContent;
  if (sats === undefined) delete element.dataset['sat'];
  else element.dataset['sat'] = whole(sats);
  say(element, sats === undefined ? none : money(sats), flash);
}

export function startUnits(): void {
  const control = find<HTMLAnchorElement>('[data-units-switch]');
  control?.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(unit() === 'sat' ? 'btc' : 'sat');
    show(control);
    announce(`Amounts are shown in ${unitName()}.`);
  });
  if (unit() === 'btc') toAddress('units', 'btc');
}

function choose(chosen: MoneyUnit): void {
  document.documentElement.dataset['units'] = chosen;
  // The server reads it: the first view is in the unit that was chosen last.
  document.cookie = `units=${chosen}; path=/; max-age=${chosen === 'sat' ? 0 : A_YEAR}; samesite=lax`;
  toAddress('units', chosen === 'sat' ? null : chosen);
  // Links name a unit where the browser did not remember it.
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href^="/"][href*="units="]:not(.markets a)')) {
    const url = new URL(link.href);
    url.searchParams.delete('units');
    link.href = url.pathname + url.search + url.hash;
  }
  for (const field of document.querySelectorAll<HTMLInputElement>('input[type="hidden"][name="units"]')) field.value = chosen;
  writeAll();
  dispatchEvent(new Event('unitschange'));
}

/** All that stands on the page, whoever wrote it. */
function writeAll(): void {
  for (const one of document.querySelectorAll<HTMLElement>('[data-sat]')) say(one, money(one.dataset['sat'] ?? '0'));
  for (const one of document.querySelectorAll('[data-money]')) say(one, unitName());
  for (const one of document.querySelectorAll<HTMLElement>('[data-in-sat]')) {
    say(one, one.dataset[unit() === 'sat' ? 'inSat' : 'inBtc'] ?? '');
  }
  for (const cell of document.querySelectorAll<HTMLElement>('[data-l]')) {
    cell.dataset['l'] = (cell.dataset['l'] ?? '').replace(NAMED, `(${unitName()})`);
  }
}

function show(control: HTMLAnchorElement): void {
  const other = unit() === 'sat' ? 'btc' : 'sat';
  const asked = new URLSearchParams(location.search);
  asked.set('units', other);
  control.setAttribute('href', `?${asked}`);
  control.setAttribute('aria-label', `Amounts in ${unitName()}, switch to ${nameOf(other)}`);
}

const whole = (sats: Amount): string => (typeof sats === 'number' ? Math.trunc(sats).toFixed(0) : sats.toString());
