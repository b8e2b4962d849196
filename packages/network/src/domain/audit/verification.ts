/** Verifies an export of the audit trail, without a database: docs/audit-trail.md says what it proves. */
import { type AuditHead, readAuditHead, type VerificationKeys } from '@payment-passkeys/channel';
import { addSeconds } from '@payment-passkeys/protocol';
import { AUDIT_MONTHS } from '@payment-passkeys/protocol/console';
import type { Link } from './chain.ts';
import { hashLine, NO_ENTRY, readExportedLine } from './line.ts';

/**
 * - `UNREADABLE`: the line is neither an entry nor a head.
 * - `CHANGED`: the entry does not have its hash, or not the hash of the entry before.
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
  /** From 1. For a head that was kept elsewhere: the line after the last one. */
  readonly line: number;
  /** The position of the entry or the head, if the line has one. */
  readonly position: number | undefined;
}

/**
 * A trail begins with position 1, or after the head at which it was cut. That head has to be {@link AUDIT_MONTHS} months older than the last one,
 * or nearly: the network may have signed none for a few days.
 */
const UNSIGNED_DAYS = 7;

/** `known` are heads that were kept elsewhere, such as in a log: they prove more than the heads of the export itself. */
export async function verifyTrail(
  lines: Iterable<string> | AsyncIterable<string>,
  { keys, known = [] }: { readonly keys: VerificationKeys; readonly known?: readonly string[] },
): Promise<TrailVerdict> {
  const elsewhere = await Promise.all(known.map((jws) => readAuditHead(jws, keys)));
  let first = 0;
  let last: Link | undefined;
  let cutAt: AuditHead | undefined;
  let lastHead: AuditHead | undefined;
  let heads = 0;
  let number = 0;
  /** The first line that came too early. What is missing before it may come later, or not at all. */
  let early: { readonly position: number; readonly missing: number; readonly refusal: Refusal } | undefined;
  const refuse = (fault: Fault, position?: number): Refusal => ({ ok: false, fault, line: number, position });

  for await (const text of lines) {
    number += 1;
    const read = readLine(text);
    if (early !== undefined) {
      if (read?.kind !== 'ENTRY') continue;
      if (read.position === early.missing) return { ...early.refusal, fault: 'REORDERED' };
      early = { ...early, refusal: { ...early.refusal, fault: 'REMOVED' } };
      continue;
    }
    if (read === undefined) return refuse('UNREADABLE');
    if (read.kind === 'HEAD') {
      const head = await readAuditHead(read.jws, keys);
      if (head === undefined) return refuse('HEAD_FORGED');
      const { position, hash } = head;
      if (last === undefined && position > 0) {
        cutAt = head;
        last = head;
      }
      last ??= START;
      if (position < last.position) return refuse('REORDERED', position);
      if (position > last.position) {
        early = { position, missing: last.position + 1, refusal: refuse('TAIL_CUT', position) };
        continue;
      }
      if (!hash.equals(last.hash)) return refuse('HEAD_DIFFERS', position);
      heads += 1;
      lastHead = head;
      continue;
    }
    const { position, previous, hash, line } = read;
    last ??= START;
    if (position <= last.position) return refuse('INSERTED', position);
    if (!hashLine(line).equals(hash)) return refuse('CHANGED', position);
    if (position > last.position + 1) {
      early = { position, missing: last.position + 1, refusal: refuse('REMOVED', position) };
      continue;
    }
    if (previous !== last.hash.toString('hex')) return refuse('CHANGED', position);
    if (elsewhere.some((head) => head?.position === position && !head.hash.equals(hash)))
      return refuse('HEAD_DIFFERS', position);
    if (first === 0) first = position;
    last = { position, hash };
  }
  if (early !== undefined) return early.refusal;
  const end = (last ?? START).position;
  if (cutAt !== undefined && lastHead !== undefined && !isOld(cutAt, lastHead)) {
    return { ok: false, fault: 'REMOVED', line: 1, position: cutAt.position };
  }
  number += 1;
  if (elsewhere.includes(undefined)) return refuse('HEAD_FORGED');
  const beyond = elsewhere.find((head) => head !== undefined && head.position > end);
  if (beyond !== undefined) return refuse('TAIL_CUT', beyond.position);
  return { ok: true, first, last: end, heads, signed: lastHead?.position ?? 0 };
}

const START: Link = { position: 0, hash: NO_ENTRY };

function isOld(cutAt: AuditHead, lastHead: AuditHead): boolean {
  const due = new Date(cutAt.signedAt);
  due.setUTCMonth(due.getUTCMonth() + AUDIT_MONTHS);
  return lastHead.signedAt >= addSeconds(due, -UNSIGNED_DAYS * 24 * 60 * 60);
}

type Line =
  | { readonly kind: 'HEAD'; readonly jws: string }
  | {
      readonly kind: 'ENTRY';
      readonly position: number;
      readonly previous: unknown;
      readonly hash: Buffer;
      readonly line: string;
    };

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
