/** The commands `keys …`: the keys that the network signs, decrypts and encrypts with. */

import { StorageError } from '@payment-passkeys/storage';
import { recordKeys } from '../../domain/audit/key-entries.ts';
import { KEY_USES, type KeyUse, readKeyFiles } from '../../domain/keys/key-file.ts';
import { keyFolderOf, type Rotation, rotateKeys } from '../../domain/keys/key-folder.ts';
import { type ScheduledKey, scheduleKeys } from '../../domain/keys/key-schedule.ts';
import { readConfig } from '../../platform/config/config.ts';
import { hasDatabase } from '../network-database.ts';
import { type Call, type Command, commandAuthor, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

export const KEY_COMMANDS: readonly Command[] = [
  {
    name: 'keys list',
    operands: [],
    options: ['json'],
    summary: 'the keys with their age, and when the next one is due',
    run: listKeys,
  },
  {
    name: 'keys rotate',
    operands: ['[USE …]'],
    options: ['json'],
    summary: `make the next keys, or the first ones: ${KEY_USES.slice(0, 2).join(', ')},\n${KEY_USES.slice(2).join(', ')}; all of them where none is named`,
    run: rotate,
  },
];

async function listKeys({ env, clock, print, options }: Call): Promise<void> {
  const config = readConfig(env);
  const now = clock();
  const keys = scheduleKeys(await readKeyFiles(keyFolderOf(config), config.mode), now);
  if (options.json) return print(JSON.stringify(keys, null, 2));
  for (const key of keys) print(describe(key, now));
  const missing = KEY_USES.filter((use) => !keys.some((key) => key.use === use));
  if (missing.length > 0) print(`There is no key yet for ${missing.join(', ')}: payment-passkeys-network keys rotate`);
}

function describe({ use, name, state, activeFrom, ageDays, rotationDue }: ScheduledKey, now: Date): string {
  const when = {
    NEXT: `in use from ${activeFrom.toISOString()}`,
    IN_USE: `in use for ${ageDays} days`,
    EARLIER: `made ${ageDays} days ago`,
  }[state];
  const due = rotationDue === undefined ? [] : [dueOn(rotationDue, now)];
  return [use, name, when, ...due].join('\t');
}

function dueOn(date: Date, now: Date): string {
  const day = date.toISOString().slice(0, 10);
  return date <= now ? `OVERDUE: the next was due on ${day}` : `the next is due on ${day}`;
}

async function rotate(call: Call): Promise<void> {
  const { env, clock, print, operands, options } = call;
  const uses = operands.length === 0 ? KEY_USES : operands.map(readUse);
  const config = readConfig(env);
  const made = await rotateKeys({ folder: keyFolderOf(config), mode: config.mode, now: clock(), uses });
  if (hasDatabase(config)) await record(call, made);
  if (options.json) return print(JSON.stringify(made, null, 2));
  for (const { use, kid, activeFrom } of made)
    print(`Made ${use} key ${kid}, in use from ${activeFrom.toISOString()}.`);
  if (uses.includes('signing') && !made.some(({ use }) => use === 'signing'))
    print('The signing key is held elsewhere: make its successor there, and add its file to keys/.');
}

/**
 * Records the new keys in the audit trail with the name of who made them. The first keys of a network are made before it has a database: the
 * running network records them later as its own.
 */
async function record(call: Call, made: readonly Rotation[]): Promise<void> {
  const keys = made.map(({ use, kid, activeFrom }) => ({ use, name: kid, activeFrom }));
  try {
    await withDatabase(call, ({ pool }) => recordKeys(pool, { keys, author: commandAuthor(call), now: call.clock() }));
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    call.log(`The audit trail does not say who made the keys: ${error.message}`);
  }
}

function readUse(word: string): KeyUse {
  const use = KEY_USES.find((known) => known === word);
  if (use === undefined) throw new UsageError(`"${word}" is no use of a key: ${KEY_USES.join(', ')}.`);
  return use;
}
