/** The alert rules: they are valid, each fires when it must and only then, and each has its page in the runbook. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { promtool, RULE_TESTS, RULES, readRuleGroups, WITHOUT_PROMTOOL } from './operations.ts';

const groups = await readRuleGroups();
const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);

interface RuleTest {
  readonly name: string;
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}

interface RuleTests {
  readonly evaluation_interval: string;
  readonly tests: readonly RuleTest[];
}

const ruleTests = parse(await readFile(RULE_TESTS, 'utf8')) as RuleTests;

/**
 * promtool evaluates every rule of a file for each of its tests. So each alert gets a file with only the recording rules that it reads, and
 * a file of tests: a tenth of the work. Answers the files of tests.
 */
async function splitByAlert(folder: string): Promise<readonly string[]> {
  const names = new Set(ruleTests.tests.flatMap(({ alert_rule_test }) => alert_rule_test.map((one) => one.alertname)));
  const files: string[] = [];
  for (const name of names) {
    const expr = alerts.find(({ alert }) => alert === name)?.expr ?? '';
    const own = groups.map((group) => ({
      ...group,
      rules: group.rules.filter(({ alert, record }) => alert === name || (record && expr.includes(record))),
    }));
    await writeFile(
      join(folder, `${name}.rules.json`),
      JSON.stringify({ groups: own.filter((g) => g.rules.length > 0) }),
    );
    const tests = ruleTests.tests.flatMap((one) => {
      const alert_rule_test = one.alert_rule_test.filter(({ alertname }) => alertname === name);
      return alert_rule_test.length > 0 ? [{ ...one, alert_rule_test }] : [];
    });
    const file = join(folder, `${name}.test.json`);
    await writeFile(file, JSON.stringify({ ...ruleTests, rule_files: [`${name}.rules.json`], tests }));
    files.push(file);
  }
  return files;
}

test.skipIf(WITHOUT_PROMTOOL)('promtool finds nothing wrong with them', () => {
  expect(promtool(['check', 'rules', '--lint=all', '--lint-fatal', RULES])).toMatchObject({ status: 0 });
});

test.skipIf(WITHOUT_PROMTOOL)(
  'promtool: each fires, and keeps quiet, as its tests say',
  { timeout: 300_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alerts-'));
    const files = await splitByAlert(folder);
    const { status, output } = promtool(['test', 'rules', ...files]);
    expect([status, output.match(/SUCCESS/g)?.length], output).toEqual([0, alerts.length]);
    await rm(folder, { recursive: true });
  },
);

test('each has a test in which it fires, and one in which it keeps quiet', () => {
  const expected = ruleTests.tests.flatMap(({ alert_rule_test }) => alert_rule_test);
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
