/** The alert rules: that they are rules, that each fires when it has to and keeps quiet otherwise, and that each has its page in the runbook. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { promtool, RULE_TESTS, RULES, readRules, WITHOUT_PROMTOOL } from './operations.ts';

const alerts = (await readRules()).filter(({ alert }) => alert !== undefined);

interface RuleTest {
  readonly name: string;
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

test.skipIf(WITHOUT_PROMTOOL)('promtool finds nothing wrong with them', () => {
  expect(promtool(['check', 'rules', '--lint=all', '--lint-fatal', RULES])).toMatchObject({ status: 0 });
});

test.skipIf(WITHOUT_PROMTOOL)('promtool: each fires, and keeps quiet, as its tests say', { timeout: 300_000 }, () => {
  expect(promtool(['test', 'rules', RULE_TESTS])).toMatchObject({
    status: 0,
    output: expect.stringContaining('SUCCESS'),
  });
});

test('each has a test in which it fires, and one in which it keeps quiet', async () => {
  const { tests } = parse(await readFile(RULE_TESTS, 'utf8')) as { readonly tests: readonly RuleTest[] };
  const expected = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const { alert } of alerts) {
    const counts = expected.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length);
    expect([Math.min(...counts), Math.max(...counts)], alert).toEqual([0, 1]);
  }
});

test('each says how grave it is, what has happened, and where it is written what to do', async () => {
  const runbook = await readFile(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
  expect(alerts.length).toBeGreaterThan(15);
  for (const { alert = '', labels, annotations } of alerts) {
    expect(['critical', 'warning', 'info'], alert).toContain(labels?.severity);
    expect(annotations?.summary, alert).toMatch(/^[A-Z].*\.$/);
    expect(annotations?.runbook_url, alert).toBe(`{{ $externalLabels.docs }}observability.md#${alert.toLowerCase()}`);
    expect(runbook).toContain(`\n### ${alert}\n`);
  }
});
