/** The table of ratios, for a terminal. */
import { type Measurement, meetsGoal } from '../measurements/measurement.ts';
import { figure, goalInWords, range } from './figures.ts';

export function printTable(measurements: readonly Measurement[]): string {
  const rows = measurements.flatMap((measurement) => {
    const { key, value, goal, sides } = measurement;
    return [
      [key, figure(value.median), range(value), goalInWords(goal), meetsGoal(measurement) ? 'met' : 'MISSED'],
      ...sides.map(({ name, unit, spread }) => [`  ${name}`, figure(spread.median), range(spread), unit, '']),
    ];
  });
  const table = [['', 'median', 'lowest – highest', 'goal or unit', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => {
    const [name = '', median = '', spread = '', unit = '', verdict = ''] = row;
    const cells = [name.padEnd(widths[0] ?? 0), median.padStart(widths[1] ?? 0), spread.padStart(widths[2] ?? 0)];
    return [...cells, unit.padEnd(widths[3] ?? 0), verdict].join('  ').trimEnd();
  };
  return table.map(line).join('\n');
}
