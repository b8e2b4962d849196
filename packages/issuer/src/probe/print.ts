/** Prints a report as a table for a terminal. */
import { ASSUMPTIONS } from './assumptions.ts';
import type { Verdict } from './findings.ts';
import type { PlannedRequest } from './plan.ts';
import type { ProbeReport } from './probe.ts';

const VERDICTS: readonly Verdict[] = ['SEEN', 'DIFFERS', 'NOT_REACHED'];

export function printPlan(requests: readonly PlannedRequest[]): readonly string[] {
  return requests.flatMap(({ request, content }, at) => [`${at + 1}. ${request}`, `   ${content}`]);
}

export function printReport({ findings, corrections, requests }: ProbeReport): readonly string[] {
  const width = Math.max(...findings.map(({ id }) => id.length));
  const rows = findings.map(({ id, verdict, seen }) => `${verdict.padEnd(11)}  ${id.padEnd(width)}  ${seen}`);
  const options = findings.flatMap(({ id, verdict }) => {
    const { option } = ASSUMPTIONS.find((each) => each.id === id) ?? { option: '' };
    return verdict === 'DIFFERS' && option !== '' ? [`${id}: change ${option.replaceAll('`', '')}`] : [];
  });
  return [
    ...requests.map(({ method, url, status, milliseconds }) => {
      return `${method} ${url}: ${status ?? 'no answer'} (${milliseconds} ms)`;
    }),
    '',
    ...rows,
    '',
    ...VERDICTS.map((verdict) => `${verdict}: ${findings.filter((each) => each.verdict === verdict).length}`),
    ...(options.length > 0 ? ['', ...options] : []),
    ...(corrections.length > 0 ? ['', ...corrections.map(({ option, value }) => `${option}: ${value}`)] : []),
  ];
}
