// Numbers as the page writes them: the twin of Text/Units.cs.
const MINUS = '\u2212';
const DASH = '\u2013';
const PER_SHARE = 100_000_000n;

/** Groups the digits of a whole number by thousands: "98,120". */
export function whole(value: bigint | number | string): string {
  const text = typeof value === 'number' ? Math.trunc(value).toFixed(0) : value.toString();
  const digits = text.startsWith('-') ? text.slice(1) : text;
  return (digits.length < text.length ? MINUS : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

export type MoneyUnit = 'sat' | 'btc';

/** "sat" or "BTC". */
export const nameOf = (unit: MoneyUnit): string => (unit === 'sat' ? 'sat' : 'BTC');

/** An amount of bitcoin or a price, exactly and without its unit: "98,120", or "0.00098120" with all eight decimals as one run, so
 * that what is copied from a page is what the command line takes. */
export function inUnit(sats: bigint | number | string, unit: MoneyUnit): string {
  if (unit === 'sat') return whole(sats);
  const text = typeof sats === 'number' ? Math.trunc(sats).toFixed(0) : sats.toString();
  const digits = text.replace('-', '').padStart(9, '0');
  return `${text.startsWith('-') ? MINUS : ''}${whole(digits.slice(0, -8))}.${digits.slice(-8)}`;
}

/** A sentence in which amounts are said in satoshis, cut at them: text, digits, text and so on. Rates are no amounts. */
export const pieces = (sentence: string): string[] =>
  sentence.split(/(?<![0-9.,])([0-9]{1,3}(?:,[0-9]{3}){1,5}|[0-9]{1,16}) sat(?![/A-Za-z0-9])/);

/** As the command line takes it: "98120", and with its unit where that has to be said, as one word. */
export const typedIn = (sats: bigint | number | string, unit: MoneyUnit): string =>
  unit === 'sat' ? sats.toString() : inUnit(sats, unit).replaceAll(',', '') + nameOf(unit);

/** Shares in a column: always four decimals; what is finer is cut off. */
export function column(units: bigint): string {
  return `${whole(units / PER_SHARE)}.${(units % PER_SHARE).toString().padStart(8, '0').slice(0, 4)}`;
}

/** Shares: four decimals wherever they stand, and all eight only where four would hide some. */
export function shares(units: bigint): string {
  const rest = (units % PER_SHARE).toString().padStart(8, '0');
  return `${whole(units / PER_SHARE)}.${rest.endsWith('0000') ? rest.slice(0, 4) : rest}`;
}

/** Shares as the command line takes them: no grouping, no needless zeros. */
export function plainShares(units: bigint): string {
  const rest = (units % PER_SHARE).toString().padStart(8, '0').replace(/0+$/, '');
  return rest === '' ? `${units / PER_SHARE}` : `${units / PER_SHARE}.${rest}`;
}

export function percent(value: number | undefined, digits = 1): string {
  return value === undefined || !Number.isFinite(value) ? DASH : `${grouped((value * 100).toFixed(digits))}\u2009%`;
}

export function signedPercent(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return DASH;
  const text = Math.abs(value * 100).toFixed(1);
  return `${text === '0.0' ? '' : value < 0 ? MINUS : '+'}${grouped(text)}\u2009%`;
}

/** Hashes a second with an SI prefix, without digits below a step of so many: "1.80 GH/s". */
export function hashrate(perSecond: number, step = 0): string {
  if (!Number.isFinite(perSecond) || perSecond < 0) return DASH;
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'];
  let i = 0;
  let value = perSecond;
  for (; value >= 999.5 && i < prefixes.length - 1; i++) {
    value /= 1000;
    step /= 1000;
  }
  let digits = value >= 99.95 || (i === 0 && Number.isInteger(value)) ? 0 : value >= 9.995 ? 1 : 2;
  // A hair, since no power of ten below one is exact.
  if (step > 0) digits = Math.min(digits, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return `${value.toFixed(digits)} ${prefixes[i]}H/s`;
}

/** "4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function span(milliseconds: number): string {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (a: number, ua: string, b: number, ub: string): string =>
    b === 0 ? `${a} ${ua}` : `${a} ${ua} ${b} ${ub}`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86400) return two(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return two(Math.floor(s / 86400), 'd', Math.floor((s % 86400) / 3600), 'h');
}

/** How long ago, in the largest unit that fits: "4 s ago", "3 min ago". */
export function agoText(milliseconds: number): string {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  if (s < 60) return `${s} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  return s < 86400 ? `${Math.floor(s / 3600)} h ago` : `${Math.floor(s / 86400)} d ago`;
}

/** The time that figures of a day are of: "24 h", or "since 09:12 UTC" in a market that is younger. */
export const period = (since: string | undefined): string =>
  since === undefined ? '24 h' : `since ${new Date(since).toISOString().slice(11, 16)} UTC`;

/** "2026-11-21 14:32:05 UTC". */
export const moment = (iso: string): string => `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** A time of day in UTC: "14:32:05". */
export const clock = (iso: string): string => new Date(iso).toISOString().slice(11, 19);

export const short = (id: string, head = 8, tail = 4): string =>
  id.length <= head + tail + 1 ? id : `${id.slice(0, head)}\u2026${id.slice(-tail)}`;

const grouped = (text: string): string => text.replace(/\B(?=(\d{3})+(\.|$))/g, ',');
