/** The units of systemd: systemd accepts them, they are confined, and the network knows their settings. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FOLDER, unknownSettings } from './operations.ts';

const UNITS = fileURLToPath(new URL('systemd/', FOLDER));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the units expect the repository. */
const INSTALLED = '/opt/payment-passkeys/';
const NAMES = ['payment-passkeys-network.service', 'payment-passkeys-backup.service', 'payment-passkeys-backup.timer'];
/** The exposure that systemd computes, in tenths: 0 (best) to 100. A service of the system without any setting has 96. */
const MAX_EXPOSURE = { 'payment-passkeys-network.service': 12, 'payment-passkeys-backup.service': 5 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'units-'));
  cpSync(UNITS, folder, { recursive: true });
  for (const name of NAMES) {
    writeFileSync(join(folder, name), read(name).replaceAll(INSTALLED, ROOT)); // systemd checks that the programs exist
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string): string {
  return readFileSync(join(UNITS, name), 'utf8');
}

function valuesOf(unit: string, setting: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${setting}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

function analyze(...args: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { missing: error !== undefined, status, output: `${stdout}${stderr}`.trim() };
}

const [, version = '0'] = /^systemd (\d+)/.exec(analyze('--version').output) ?? [];
/** Version 250 is the first whose `systemd-analyze security` reads a unit from a file. */
const WITHOUT_SYSTEMD = Number(version) < 250;
if (WITHOUT_SYSTEMD) console.warn('systemd 250 or newer is not here: what it says of the units is SKIPPED.');

describe.skipIf(WITHOUT_SYSTEMD)('systemd', () => {
  test('finds nothing wrong with the units', () => {
    const { status, output } = analyze('verify', '--man=no', ...NAMES.map((name) => join(folder, name)));
    expect({ status, output }).toEqual({ status: 0, output: '' });
  });

  test.each(Object.entries(MAX_EXPOSURE))('%s: its exposure is at most %i tenths', (name, threshold) => {
    const { status, output } = analyze('security', '--offline=true', `--threshold=${threshold}`, join(folder, name));
    expect(status, output).toBe(0);
  });
});

describe('the network’s unit', () => {
  const unit = read('payment-passkeys-network.service');

  test('starts a program that is there', () => {
    const [command = ''] = valuesOf(unit, 'ExecStart');
    const [, program = ''] = /--conditions=source (\S+) serve --workers auto$/.exec(command) ?? [];
    expect(readFileSync(join(ROOT, program), 'utf8')).toContain('main.ts');
  });

  test('sets only what the configuration knows, the console’s part too, and no secret', () => {
    const settings = [
      ...valuesOf(unit, 'Environment'),
      ...valuesOf(read('payment-passkeys-network.service.d/console.conf'), 'Environment'),
    ].flatMap((line) => line.split(' '));
    const lines = read('network.env')
      .replace('# CONSOLE_URL', 'CONSOLE_URL')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    const env = Object.fromEntries([...settings, ...lines].map((line) => line.split('=', 2) as [string, string]));
    expect(unknownSettings(env)).toEqual([]);
    expect(env).toMatchObject({ MODE: 'production', DATABASE_URL_FILE: '%d/database-url' });
    expect(env).not.toHaveProperty('DATABASE_URL');
  });

  test('waits longer for the end than the network does', () => {
    const [seconds] = valuesOf(unit, 'TimeoutStopSec');
    expect(Number(seconds)).toBeGreaterThan(5 + 30 + 10);
    expect(valuesOf(unit, 'KillMode')).toEqual(['mixed']);
  });
});
