// What a price says about a share, in words and with no more digits than its error allows: the twin of Text/WorthText.cs.
import { money } from './money';
import { hashrate } from './units';

const MINUS = '\u2212';
const DASH = '\u2013';
const THIN = '\u2009';

/** A price over a worth, with three digits: "1.20 ×". */
export function times(ratio: number | undefined): string {
  if (!known(ratio)) return DASH;
  return `${grouped(ratio, ratio >= 99.95 ? 0 : ratio >= 9.995 ? 1 : 2)}${THIN}\u00d7`;
}

/** d as it is said of a price: "1.7 % below face", "at face". */
export function face(d: number | undefined, error: number | undefined): string {
  if (!known(d)) return DASH;
  const text = percentOf(Math.abs(d - 1), digits(error));
  return isNought(text) ? 'at face' : `${text} ${d < 1 ? 'below' : 'above'} face`;
}

/** An error: "±9 %"; empty when unknown. */
export function errorText(error: number | undefined): string {
  return known(error) && error > 0 ? `\u00b1${percentOf(error, clamp(-first(error)))}` : '';
}

/** What a factor takes away or adds: "−0.4 %". */
export function takes(factor: number | undefined, error?: number): string {
  if (!known(factor)) return DASH;
  const text = percentOf(Math.abs(factor - 1), digits(error));
  return isNought(text) ? text : (factor < 1 ? MINUS : '+') + text;
}

/** A factor with as many decimals as its error allows, three where it has none. */
export function factorText(factor: number | undefined, error?: number): string {
  return known(factor) ? factor.toFixed(Math.min(3, digits(error) + 2)) : DASH;
}

/** A number of satoshis cut to what its relative error allows; undefined where it is not known. */
export function rounded(value: number | undefined, relativeError: number | undefined): number | undefined {
  if (!known(value)) return undefined;
  const error = Math.abs(value) * (relativeError ?? 0);
  const step = error > 10 ? 10 ** (Math.floor(Math.log10(error)) - 1) : 1;
  return Math.trunc(Math.floor(value / step + 0.5) * step);
}

/** The same in the reader's unit: "104,200". */
export function amount(value: number | undefined, relativeError: number | undefined): string {
  const sats = rounded(value, relativeError);
  return sats === undefined ? DASH : money(sats);
}

/** A yearly rate with its error: "8.4 % ±2 %". */
export function yieldText(rate: number | undefined, error: number | undefined): string {
  return known(rate) ? `${percentOf(rate, digits(error))} ${errorText(error)}`.trimEnd() : DASH;
}

/** A part or a rate with as many digits as its error allows, one decimal where it has none: "8.4 %". */
export function part(value: number | undefined, error: number | undefined): string {
  return known(value) ? percentOf(value, digits(error)) : DASH;
}

/** A hashrate cut to what its relative error allows, to three digits at most: "92 kH/s". */
export function rateText(value: number | undefined, relativeError: number | undefined): string {
  if (!known(value) || value < 0) return DASH;
  const error = value * (relativeError ?? 0);
  if (error <= 0) return hashrate(value);
  const step = 10 ** (Math.floor(Math.log10(error)) - 1);
  return hashrate(Math.floor(value / step + 0.5) * step, step);
}

/** A horizon: "10 years". */
export function horizon(years: number | undefined): string {
  return known(years) ? `${Number(years.toFixed(2))} ${Math.abs(years - 1) < 0.005 ? 'year' : 'years'}` : DASH;
}

const known = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);
const clamp = (value: number): number => Math.max(0, Math.min(3, value));

/** The place of the first digit of an error in percent: 0 for 9 %, 1 for 12 %. */
const first = (error: number): number => Math.floor(Math.log10(error * 100));
const digits = (error: number | undefined): number => (known(error) && error > 0 ? clamp(1 - first(error)) : 1);
const grouped = (value: number, decimals: number): string =>
  value.toFixed(decimals).replace(/\B(?=(\d{3})+(\.|$))/g, ',');
const percentOf = (fraction: number, decimals: number): string => `${grouped(fraction * 100, decimals)}${THIN}%`;
const isNought = (percent: string): boolean => !/[1-9]/.test(percent);
