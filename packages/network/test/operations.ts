/** The files for operators, and their Prometheus queries. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readConfig } from '../src/platform/config/config.ts';
import { SECRET_SETTINGS } from '../src/platform/config/secret-files.ts';

export const FOLDER = new URL('../../../operations/', import.meta.url);
export const RULES = fileURLToPath(new URL('prometheus/alerts.yml', FOLDER));
export const RULE_TESTS = fileURLToPath(new URL('prometheus/alerts.test.yml', FOLDER));
const DASHBOARD = new URL('grafana/dashboard.json', FOLDER);

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly links: readonly { readonly url: string }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export async function readRuleGroups(): Promise<readonly RuleGroup[]> {
  const { groups } = parse(await readFile(RULES, 'utf8')) as { readonly groups: readonly RuleGroup[] };
  return groups;
}

export async function readRules(): Promise<readonly Rule[]> {
  return (await readRuleGroups()).flatMap(({ rules }) => rules);
}

export async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(DASHBOARD, 'utf8')) as Dashboard;
}

/** The queries of a dashboard, with values in place of Grafana's variables. */
export function queriesOf({ panels }: Dashboard): readonly string[] {
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$job', '.*')));
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** The metrics of this project that an expression selects. Labels are read from braces, as every expression here writes them. */
export function selectorsOf(expr: string): readonly Selector[] {
  const found = expr.matchAll(/\b((?:payment_passkeys|nodejs|process)_\w+)(?![\w:])(?:\{([^}]*)\})?/g);
  return [...found].map(([, metric = '', braces = '']) => ({
    metric,
    matchers: [...braces.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
    ),
  }));
}

/** The labels that an expression groups by. */
export function groupingsOf(expr: string): readonly string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(',').map((l) => l.trim()));
}

/** The settings of an environment that the configuration does not read. Throws if it refuses the environment; files of secrets are not read. */
export function unknownSettings(env: Readonly<Record<string, string>>): readonly string[] {
  const files = SECRET_SETTINGS.map((name) => `${name}_FILE`);
  const settings = Object.entries(env).filter(([name]) => !files.includes(name));
  const read = new Set<string | symbol>();
  const observed = new Proxy(Object.fromEntries(settings), {
    get: (target, name, receiver) => {
      read.add(name);
      return Reflect.get(target, name, receiver);
    },
  });
  readConfig(observed);
  return settings.map(([name]) => name).filter((name) => !read.has(name) && name !== 'NODE_ENV');
}

/** Prometheus's own tool; `missing` where it is not installed. */
export function promtool(args: readonly string[], input?: string) {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8', input, timeout: 300_000 });
  return { missing: error !== undefined, status, output: `${stdout}${stderr}` };
}

export const WITHOUT_PROMTOOL = promtool(['--version']).missing;
if (WITHOUT_PROMTOOL) {
  console.warn('promtool is not installed, so the alert rules are not run: apt-get install prometheus brings it.');
}
