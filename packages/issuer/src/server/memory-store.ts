/** A store for a first try: it needs no database, and forgets everything when the process ends. */
import { declareMemoryStore } from '@payment-passkeys/kit';
import { addSeconds } from '@payment-passkeys/protocol';
import type { StoredEnrolment } from './enrolment.ts';
import { asIssuerError } from './errors.ts';
import { ENROLMENT_KEPT_SECONDS, type EnrolmentStore } from './store.ts';

/**
 * In memory, of this process alone, for a first try and for tests: says so in a warning, once. Enrolments are forgotten as those of
 * `createPostgresEnrolmentStore` are. Throws IssuerError `INVALID_OPTIONS` where NODE_ENV is `production`.
 */
export function createMemoryEnrolmentStore(): EnrolmentStore {
  try {
    declareMemoryStore('createMemoryEnrolmentStore', 'createPostgresEnrolmentStore');
  } catch (error) {
    throw asIssuerError(error);
  }
  const kept = new Map<string, StoredEnrolment>();
  return {
    async addEnrolment(enrolment) {
      for (const [key, { startedAt }] of kept) {
        if (addSeconds(startedAt, ENROLMENT_KEPT_SECONDS) < enrolment.startedAt) kept.delete(key);
      }
      kept.set(enrolment.stateHash, enrolment);
    },
    async findEnrolment({ stateHash }) {
      return kept.get(stateHash);
    },
    async noteProof({ stateHash, proofHash }) {
      const enrolment = kept.get(stateHash);
      if (enrolment !== undefined && enrolment.completion === undefined)
        kept.set(stateHash, { ...enrolment, proofHash });
    },
    async completeEnrolment({ stateHash, ...completion }) {
      const enrolment = kept.get(stateHash);
      if (enrolment === undefined) return undefined;
      if (enrolment.completion === undefined) kept.set(stateHash, { ...enrolment, completion });
      return kept.get(stateHash)?.completion;
    },
  };
}
