/** Runs the probe against the double of Mastercard's endpoint. */
import type { AssumptionId } from './assumptions.ts';
import { type Behaviour, buildOptions, type Part, startDouble } from './mastercard-double.fixture.ts';
import type { ProbeOptions } from './plan.ts';
import { runProbe } from './probe.ts';

/** `parts` change the double, `changes` the options of the probe. */
export async function probe(parts: Partial<Record<Part, Behaviour>> = {}, changes: Partial<ProbeOptions> = {}) {
  const double = startDouble(parts);
  const report = await runProbe({ ...(await buildOptions(double)), ...changes });
  const found = (id: AssumptionId) => {
    const { verdict, seen } = report.findings.find((finding) => finding.id === id) ?? {};
    return `${verdict}: ${seen}`;
  };
  return { report, found, parts: double.requests.map(({ part }) => part), requests: double.requests };
}
