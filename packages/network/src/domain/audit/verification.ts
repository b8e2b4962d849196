/** Verifies an export of the audit trail, without a database: docs/audit-trail.md says what it proves. */
import { type AuditHead, readAuditHead, type VerificationKeys } from '@payment-passkeys/channel';
import { addSeconds } from '@payment-passkeys/protocol';
import { AUDIT_MONTHS } from '@payment-passkeys/protocol/console';
import type { Link } from './chain.ts';
import { hashLine, NO_ENTRY, readExportedLine } from './line.ts';

/**
 * - `UNREADABLE`: the line is neither an entry nor a head.
 * - `CHANGED`: the entry's own hash is wrong, or its hash of the entry before is.
 * - `REMOVED`: entries before this one are missing.
 * - `REORDERED`: entries before this one come later.
 * - `INSERTED`: its position was there already.
 * - `HEAD_FORGED`: no key of the set has signed the head.
 * - `HEAD_DIFFERS`: the entry is not the one that was signed, so it or one before it was changed.
 * - `TAIL_CUT`: a head signs an entry after the last one.
 */
export type Fault =
  | 'UNREADABLE'
  | 'CHANGED'
  | 'REMOVED'
  | 'REORDERED'
  | 'INSERTED'
  | 'HEAD_FORGED'
  | 'HEAD_DIFFERS'
  | 'TAIL_CUT';

export type TrailVerdict =
  | {
      readonly ok: true;
      /** The first position of the file; 0 without entries. */
      readonly first: number;
      /** The last position of the trail, also if that entry was cut. */
      readonly last: number;
      readonly heads: number;
      /** The last position that a head signs. What comes after it is only chained. */
      readonly signed: number;
    }
  | Refusal;

/** The first line that does not fit. */
export interface Refusal {
  readonly ok: false;
  readonly fault: Fault;
  /** The number of the line, from 1. For a head that was kept elsewhere: the line after the last one. */
  readonly line: number;
  /** The position of the entry or the head, if the line has one. */
  readonly position: number | undefined;
}

/**
 * A trail begins with position 1, or after the head at which it was cut. That head has to be {@link AUDIT_MONTHS} months older than the last one,
 * less these days: the network may have signed no head for a few days.
 */
const UNSIGNED_DAYS = 7;

/** `known` are heads that were kept elsewhere, such as in a log: they prove more than the heads of the export itself. */
export async function verifyTrail(
  lines: Iterable<string> | AsyncIterable<string>,
  { keys, known = [] }: { readonly keys: VerificationKeys; readonly known?: readonly string[] },
): Promise<TrailVerdict> {
  const kept = await Promise.all(known.map((jws) => readAuditHead(jws, keys)));
  let verified = NOTHING;
  let number = 0;
  /** The first line that came too early. What is missing before it may come later, or not at all. */
  let early: Early | undefined;
  for await (const text of lines) {
    number += 1;
    const read = readLine(text);
    if (early !== undefined) {
      early = read?.kind === 'ENTRY' ? explain(early, read.position) : early;
      if (early.refusal.fault === 'REORDERED') return early.refusal;
      continue;
    }
    const judged = await judge(read, verified, { keys, kept });
    if ('first' in judged) {
      verified = judged;
      continue;
    }
    const { fault, position, missing } = judged;
    const refusal = { ok: false, fault, line: number, position } as const;
    if (missing === undefined) return refusal;
    early = { missing, refusal };
  }
  return early?.refusal ?? judgeEnd(verified, kept, number);
}

interface Early {
  /** A position. */
  readonly missing: number;
  readonly refusal: Refusal;
}

/** An entry after a line that came too early decides that line's fault: REORDERED if the entry is the missing one, else REMOVED. */
function explain({ missing, refusal }: Early, position: number): Early {
  return { missing, refusal: { ...refusal, fault: position === missing ? 'REORDERED' : 'REMOVED' } };
}

/** What the lines so far have proven. */
interface Verified {
  /** 0: there was no entry. */
  readonly first: number;
  /** Undefined before the first line. */
  readonly last: Link | undefined;
  readonly heads: number;
  readonly lastHead: AuditHead | undefined;
  /** The head at which the trail was cut. */
  readonly cutAt: AuditHead | undefined;
}

const NOTHING: Verified = { first: 0, last: undefined, heads: 0, lastHead: undefined, cutAt: undefined };

/** `missing` is the position that had to come before. */
interface Misfit {
  readonly fault: Fault;
  readonly position: number | undefined;
  readonly missing?: number;
}

interface Heads {
  readonly keys: VerificationKeys;
  readonly kept: readonly (AuditHead | undefined)[];
}

async function judge(line: Line | undefined, verified: Verified, heads: Heads): Promise<Verified | Misfit> {
  if (line === undefined) return { fault: 'UNREADABLE', position: undefined };
  if (line.kind === 'ENTRY') return judgeEntry(line, verified, heads.kept);
  const head = await readAuditHead(line.jws, heads.keys);
  return head === undefined ? { fault: 'HEAD_FORGED', position: undefined } : judgeHead(head, verified);
}

function judgeHead(head: AuditHead, verified: Verified): Verified | Misfit {
  const { position, hash } = head;
  const isCut = verified.last === undefined && position > 0;
  const last = verified.last ?? (isCut ? head : START);
  if (position < last.position) return { fault: 'REORDERED', position };
  if (position > last.position) return { fault: 'TAIL_CUT', position, missing: last.position + 1 };
  if (!hash.equals(last.hash)) return { fault: 'HEAD_DIFFERS', position };
  return { ...verified, last, heads: verified.heads + 1, lastHead: head, cutAt: isCut ? head : verified.cutAt };
}

function judgeEntry(entry: EntryLine, verified: Verified, kept: Heads['kept']): Verified | Misfit {
  const { position, previous, hash, line } = entry;
  const last = verified.last ?? START;
  if (position <= last.position) return { fault: 'INSERTED', position };
  if (!hashLine(line).equals(hash)) return { fault: 'CHANGED', position };
  if (position > last.position + 1) return { fault: 'REMOVED', position, missing: last.position + 1 };
  if (previous !== last.hash.toString('hex')) return { fault: 'CHANGED', position };
  const differs = kept.some((head) => head?.position === position && !head.hash.equals(hash));
  if (differs) return { fault: 'HEAD_DIFFERS', position };
  return { ...verified, first: verified.first === 0 ? position : verified.first, last: { position, hash } };
}

function judgeEnd(
  { first, last = START, heads, lastHead, cutAt }: Verified,
  kept: Heads['kept'],
  lines: number,
): TrailVerdict {
  if (cutAt !== undefined && lastHead !== undefined && !isOld(cutAt, lastHead))
    return { ok: false, fault: 'REMOVED', line: 1, position: cutAt.position };
  const line = lines + 1;
  if (kept.includes(undefined)) return { ok: false, fault: 'HEAD_FORGED', line, position: undefined };
  const beyond = kept.find((head) => head !== undefined && head.position > last.position);
  if (beyond !== undefined) return { ok: false, fault: 'TAIL_CUT', line, position: beyond.position };
  return { ok: true, first, last: last.position, heads, signed: lastHead?.position ?? 0 };
}

const START: Link = { position: 0, hash: NO_ENTRY };

function isOld(cutAt: AuditHead, lastHead: AuditHead): boolean {
  const due = new Date(cutAt.signedAt);
  due.setUTCMonth(due.getUTCMonth() + AUDIT_MONTHS);
  return lastHead.signedAt >= addSeconds(due, -UNSIGNED_DAYS * 24 * 60 * 60);
}

interface EntryLine {
  readonly kind: 'ENTRY';
  readonly position: number;
  readonly previous: unknown;
  readonly hash: Buffer;
  /** The text that was hashed. */
  readonly line: string;
}

type Line = EntryLine | { readonly kind: 'HEAD'; readonly jws: string };

function readLine(text: string): Line | undefined {
  const read = readJson(text);
  if (typeof read !== 'object' || read === null) return undefined;
  if ('head' in read && typeof read.head === 'string') return { kind: 'HEAD', jws: read.head };
  const exported = readExportedLine(text);
  if (exported === undefined || !('position' in read) || !('previous' in read)) return undefined;
  const { position, previous } = read;
  if (typeof position !== 'number' || !Number.isSafeInteger(position)) return undefined;
  return { kind: 'ENTRY', position, previous, ...exported };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
