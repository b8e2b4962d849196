/** The commands `audit …`: they export the audit trail and verify an export. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { buildSigningKeySet, readKeySet, type VerificationKey } from '@payment-passkeys/channel';
import { writeEntry } from '../../domain/audit/entry.ts';
import { exportTrail } from '../../domain/audit/trail.ts';
import { type Fault, type Refusal, type TrailVerdict, verifyTrail } from '../../domain/audit/verification.ts';
import { publicHalf, readKeyFiles } from '../../domain/keys/key-file.ts';
import { keyFolderOf } from '../../domain/keys/key-folder.ts';
import { readConfig } from '../../platform/config/config.ts';
import { type Call, type Command, commandAuthor, report, UsageError } from './command.ts';
import { parseJson, readOperandFile, refuseUnreadable } from './operand-file.ts';
import { withDatabase } from './with-database.ts';

export const AUDIT_COMMANDS: readonly Command[] = [
  {
    name: 'audit export',
    operands: [],
    options: [],
    summary: 'the audit trail with its signed heads, as JSON lines',
    run: exportLines,
  },
  {
    name: 'audit keys',
    operands: [],
    options: [],
    summary: 'the public keys of every signing key in DATA_DIR, for audit verify elsewhere',
    run: printKeys,
  },
  {
    name: 'audit verify',
    operands: ['FILE'],
    options: ['keys', 'head', 'json'],
    summary:
      'verify an export without a database; exit code 1 where something does not fit.\n--keys: of audit keys, else those in DATA_DIR; --head: one that was kept in a log',
    run: verify,
  },
];

async function exportLines(call: Call): Promise<void> {
  await withDatabase(call, async ({ pool }) => {
    const subject = { kind: 'audit', id: 'trail' } as const;
    await writeEntry(pool, { ...commandAuthor(call), action: 'audit.exported', subject, now: call.clock() });
    for await (const line of exportTrail(pool)) call.print(line);
  });
}

async function printKeys(call: Call): Promise<void> {
  call.print(JSON.stringify(buildSigningKeySet(await ownKeys(call)), null, 2));
}

/** Includes the keys that no longer sign, because old heads must stay verifiable. */
async function ownKeys({ env }: Call): Promise<readonly VerificationKey[]> {
  const config = readConfig(env);
  const files = await readKeyFiles(keyFolderOf(config), config.mode);
  return files.flatMap((file) =>
    file.use === 'signing' && 'kid' in file ? [{ kid: file.kid, publicKey: publicHalf(file) }] : [],
  );
}

async function verify(call: Call): Promise<void> {
  const [file = ''] = call.operands;
  const { head } = call.options;
  const keys = call.options.keys === undefined ? await ownKeys(call) : await readKeys(call.options.keys);
  if (keys.length === 0) throw new UsageError('There is no key to verify the heads with: --keys FILE.');
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const known = head === undefined ? [] : [head];
  const verdict = await verifyTrail(lines, { keys, known }).catch(refuseUnreadable(file));
  report(call, verdict, verdict.ok ? describe(verdict) : [explain(verdict)]);
  if (!verdict.ok) process.exitCode = 1;
}

async function readKeys(file: string): Promise<readonly VerificationKey[]> {
  const read = readKeySet(parseJson(await readOperandFile(file)));
  if (!read.ok) throw new UsageError(`${file} is not a set of public keys (JWK set).`);
  return read.keys.filter(({ use }) => use === 'sig');
}

function describe({ first, last, heads, signed }: Extract<TrailVerdict, { ok: true }>): readonly string[] {
  const entries = first === 0 ? 'no entry' : `the entries ${first} to ${last}`;
  const cut = first > 1 ? [`The entries before ${first} were deleted at a signed head, after 24 months.`] : [];
  const unsigned = last > signed ? [`The entries from ${signed + 1} on are not signed yet.`] : [];
  return [`The audit trail is as it was written: ${entries}, ${heads} signed heads.`, ...cut, ...unsigned];
}

const SENTENCES: Readonly<Record<Fault, string>> = {
  UNREADABLE: 'is neither an entry nor a head',
  CHANGED: 'was changed, or the entry before it',
  REMOVED: 'comes after entries that are missing',
  REORDERED: 'is not in its place',
  INSERTED: 'has a position that another entry has already: one of the two was inserted',
  HEAD_FORGED: 'is a head that none of the keys has signed',
  HEAD_DIFFERS: 'is not what was signed: an entry up to this position was changed',
  TAIL_CUT: 'was signed, but the entries up to it are missing at the end',
};

function explain({ fault, line, position }: Refusal): string {
  const at = position === undefined ? '' : ` (position ${position})`;
  return `${fault}: line ${line}${at} ${SENTENCES[fault]}.`;
}
