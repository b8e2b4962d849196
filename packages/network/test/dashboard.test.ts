/** The Grafana dashboard: it can be imported into any Grafana, and Prometheus accepts its queries. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { promtool, queriesOf, readDashboard, WITHOUT_PROMTOOL } from './operations.ts';

const dashboard = await readDashboard();
/** Grafana's variable for the data source. Joined, so that the linter does not take it for a template. */
const DATA_SOURCE = ['$', '{datasource}'].join('');

test('is of a schema that Grafana 11 and newer import, and asks a data source of the reader’s choice', () => {
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
  expect(dashboard.templating.list).toContainEqual(expect.objectContaining({ name: 'datasource', type: 'datasource' }));
  for (const { title, type, datasource, targets = [] } of dashboard.panels) {
    const asked = [datasource, ...targets.map((target) => target.datasource)].map((source) => source?.uid);
    expect(new Set(asked), title).toEqual(new Set([type === 'row' ? undefined : DATA_SOURCE]));
  }
});

test('leads to the console, whose address the reader sets', () => {
  expect(dashboard.templating.list).toContainEqual(expect.objectContaining({ name: 'console', type: 'textbox' }));
  const addresses = dashboard.links.map(({ url }) => url);
  expect(addresses.length).toBeGreaterThan(0);
  for (const address of addresses) expect(address).toMatch(/^\$\{console\}\/(overview|sessions)\b/);
});

test('has its panels side by side, none over another', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
});

test('looks at one job at a time', () => {
  for (const query of queriesOf(dashboard)) {
    const selectors = query.match(/\b(?:payment_passkeys|nodejs|process)_\w+(\{[^}]*\})?/g) ?? [];
    for (const selector of selectors) expect(selector).toContain('job=~".*"');
  }
});

test.skipIf(WITHOUT_PROMTOOL)('asks nothing but PromQL', async () => {
  const rules = queriesOf(dashboard).map((expr, at) => ({ record: `panel:${at}`, expr }));
  expect(rules.length).toBeGreaterThan(30);
  const folder = await mkdtemp(join(tmpdir(), 'panels-'));
  const file = join(folder, 'rules.json');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] })); // JSON is valid YAML
  expect(promtool(['check', 'rules', '--lint=none', file])).toMatchObject({ status: 0 });
  await rm(folder, { recursive: true });
});
