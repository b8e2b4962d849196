/** The files of operations/high-availability, with the addresses, folders and programs of a test. */
import { readFileSync } from 'node:fs';
import { FOLDER } from '../operations.ts';

export type ConfigurationFile = 'patroni.yml' | 'etcd.env' | 'haproxy.cfg';

/**
 * Reads a file and replaces every occurrence of each text, in order. Throws if a text does not occur, or if a name or an address of the example's
 * machines is left: so a change of the file cannot leave it half filled in.
 */
export function fillIn(
  file: ConfigurationFile,
  replacements: readonly (readonly [text: string, by: string])[],
): string {
  let content = readFileSync(new URL(`high-availability/${file}`, FOLDER), 'utf8');
  for (const [text, by] of replacements) {
    if (!content.includes(text)) throw new Error(`${file} has no ${text}`);
    content = content.replaceAll(text, by);
  }
  const settings = content.split('\n').filter((line) => !line.trim().startsWith('#'));
  const left = settings.find((line) => /\b10\.0\.0\.|\/var\/|\/etc\/|user haproxy/.test(line));
  if (left !== undefined) throw new Error(`${file} still has: ${left}`);
  return content;
}

/** Reads `NAME=value` lines, as systemd's EnvironmentFile does. */
export function readEnvironment(content: string): Readonly<Record<string, string>> {
  const lines = content.split('\n').filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
