/** Formats numbers for readers. */
import type { Goal } from '../measurements/measurement.ts';
import type { Spread } from '../statistics.ts';

export function figure(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** `lowest – highest`, or nothing for one sample. */
export function range({ lowest, highest, samples }: Spread): string {
  return samples.length === 1 ? '' : `${figure(lowest)} – ${figure(highest)}`;
}

export function goalInWords(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  return 'atMost' in goal ? `≤ ${figure(goal.atMost)}` : `≥ ${figure(goal.atLeast)}`;
}
