import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readSecretFiles } from './secret-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'secret-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const URL = 'postgres://network:secret@127.0.0.1:5432/network';

describe('a secret in a file', () => {
  test('is the setting’s value, without the line feed at its end', () => {
    const env = { DATABASE_URL_FILE: fileOf('database-url', `${URL}\n`), PORT: '4000' };
    expect(readSecretFiles(env)).toEqual({ ...env, DATABASE_URL: URL });
    expect(readConfig(env).databaseUrl).toBe(URL);
    expect(env).not.toHaveProperty('DATABASE_URL');
  });

  test('reaches the exporter of traces', () => {
    const headers = fileOf('headers', 'x-api-key=one%20two, x-team=payments\n');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_EXPORTER_OTLP_HEADERS_FILE: headers };
    expect(readConfig(env).tracing?.headers).toEqual({ 'x-api-key': 'one two', 'x-team': 'payments' });
  });

  test('that a setting names which holds no secret is not read', () => {
    expect(readSecretFiles({ PORT_FILE: fileOf('port', '1') })).not.toHaveProperty('PORT');
  });

  test.each([
    ['that is missing', join(folder, 'missing')],
    ['that is a folder', folder],
    ['that is empty', fileOf('empty', '\n')],
    ['that is larger than any secret', fileOf('large', 'x'.repeat(70_000))],
  ])('%s is refused, and the setting named', (_what, file) => {
    const read = () => readConfig({ DATABASE_URL_FILE: file });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^DATABASE_URL_FILE names /);
  });

  test('and in the environment, both, is refused', () => {
    expect(() => readConfig({ DATABASE_URL_FILE: fileOf('both', URL), DATABASE_URL: URL })).toThrow(
      /^DATABASE_URL_FILE and DATABASE_URL exclude each other/,
    );
  });

  test('is judged like one in the environment, and its value is not in the message', () => {
    const weak = { MODE: 'production', PUBLIC_URL: 'https://verify.network.example', TRUST_PROXY: '10.0.0.0/8' };
    const file = fileOf('weak', 'postgres://network:hunter2@db.example/network');
    const read = () => readConfig({ ...weak, DATABASE_URL_FILE: file });
    expect(read).toThrow(/^DATABASE_URL has a weak password/);
    expect(read).not.toThrow(/hunter2/);
  });
});
