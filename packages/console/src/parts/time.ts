/** Points in time: in the operator's time zone, with UTC beside it on hover and focus. The account menu can show UTC everywhere. */

import { readOptional } from '@payment-passkeys/protocol/browser-objects';
import { html, type TemplateResult } from 'lit';
import { LANGUAGE } from '../language.ts';

const SETTING = 'console.clock';

/** Whether times are shown in UTC in place of the local zone. Kept in this browser. */
export function showsUtc(): boolean {
  return readOptional(() => localStorage.getItem(SETTING)) === 'utc';
}

/** Reload the screen afterwards. */
export function setShowsUtc(utc: boolean): void {
  readOptional(() => localStorage.setItem(SETTING, utc ? 'utc' : 'local'));
}

const DAY: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: 'numeric' };
const MINUTE: Intl.DateTimeFormatOptions = { ...DAY, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const SECOND: Intl.DateTimeFormatOptions = { ...MINUTE, second: '2-digit' };
const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };

function format(time: Date, options: Intl.DateTimeFormatOptions, utc = showsUtc()): string {
  return new Intl.DateTimeFormat(LANGUAGE, { ...options, ...(utc && { timeZone: 'UTC' }) }).format(time);
}

/** Date, hour and minute. `iso` is what the API answers. */
export function when(iso: string): TemplateResult {
  return timeOf(iso, MINUTE);
}

/** The date alone: for what is planned by days, such as the end of a certificate. */
export function day(iso: string): TemplateResult {
  return timeOf(iso, DAY);
}

/** The time of day alone, with seconds: for what happened on one day. */
export function clock(iso: string): TemplateResult {
  return timeOf(iso, CLOCK);
}

/** With seconds. */
export function exactly(iso: string): TemplateResult {
  return timeOf(iso, SECOND);
}

/** Short, for a chart: the day for buckets of a day, day and time for shorter ones, the time alone for those below a minute. */
export function momentOf(iso: string, bucketSeconds: number): string {
  const day: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric' };
  const hour: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  // Days are those of UTC, because the network counts them so.
  if (bucketSeconds >= 86_400) return format(new Date(iso), day, true);
  return format(new Date(iso), bucketSeconds < 60 ? hour : { ...day, ...hour });
}

/** "3 minutes ago", with the date on hover and focus. */
export function ago(iso: string): TemplateResult {
  const time = new Date(iso);
  return html`<time datetime=${iso} data-exact=${both(time)} title=${both(time)}>${relative(time, Date.now())}</time>`;
}

function timeOf(iso: string, options: Intl.DateTimeFormatOptions): TemplateResult {
  const time = new Date(iso);
  return html`<time datetime=${iso} data-exact=${both(time)} title=${both(time)}>${format(time, options)}</time>`;
}

/** Local time and UTC, to the second. */
function both(time: Date): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return `${format(time, SECOND, false)} ${timeZone} · ${format(time, SECOND, true)} UTC`;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** In the largest unit that fits, before or after `now`. */
function relative(time: Date, now: number): string {
  const distance = time.getTime() - now;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? (['second', 1000] as const);
  const words = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' });
  return words.format(Math.round(distance / length), unit);
}
