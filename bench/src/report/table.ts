/** The table of ratios, for a terminal. */

import { judge, type Measurement, type Skipped } from '../measurements/measurement.ts';
import type { Profile, Profiles } from '../measurements/profile.ts';
import { figure, goalInWords, range } from './figures.ts';

export function printTable(results: readonly (Measurement | Skipped)[], cores: number): string {
  const rows = results.flatMap((measurement) => {
    if ('why' in measurement) return [[measurement.key, '', '', '', `not measured: ${measurement.why}`]];
    const verdict = judge(measurement, cores);
    const { key, value, goal, sides } = measurement;
    return [
      [key, figure(value.median), range(value), goalInWords(goal), verdict === 'missed' ? 'MISSED' : verdict],
      ...sides.map(({ name, unit, spread }) => [`  ${name}`, figure(spread.median), range(spread), unit, '']),
    ];
  });
  return align([['', 'median', 'lowest – highest', 'goal or unit', ''], ...rows]);
}

export function printProfiles(profiles: Profiles): string {
  return align([['main thread, µs for one enrolment', 'now', 'before', '', ''], ...profileRows(profiles)]);
}

/** A row for each group, the largest first, and a row for the sum: its name, its time in this version, its time in the previous one. */
export function profileRows({ network, before }: Profiles): readonly (readonly string[])[] {
  const sum = (profile: Profile | undefined) => profile && [...profile.values()].reduce((all, time) => all + time, 0);
  const cell = (microseconds: number | undefined) =>
    microseconds === undefined ? '' : figure(Math.round(microseconds));
  const groups = [...new Set([...network.keys(), ...(before?.keys() ?? [])])];
  const timeOf = (group: string) => Math.max(network.get(group) ?? 0, before?.get(group) ?? 0);
  return [
    ...groups
      .toSorted((a, b) => timeOf(b) - timeOf(a))
      .map((group) => [group, cell(network.get(group) ?? 0), cell(before && (before.get(group) ?? 0))]),
    ['all', cell(sum(network)), cell(sum(before))],
  ];
}

function align(table: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => {
    const [name = '', median = '', spread = '', unit = '', verdict = ''] = row;
    const cells = [name.padEnd(widths[0] ?? 0), median.padStart(widths[1] ?? 0), spread.padStart(widths[2] ?? 0)];
    return [...cells, unit.padEnd(widths[3] ?? 0), verdict].join('  ').trimEnd();
  };
  return table.map(line).join('\n');
}
