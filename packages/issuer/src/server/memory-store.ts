/** A store for a first try: it needs no database, and loses everything when the process ends. */
import { completeOnce, createPendingMap, declareMemoryStore } from '@payment-passkeys/kit';
import { guard } from '../errors.ts';
import type { StoredEnrolment } from './enrolment.ts';
import type { EnrolmentStore } from './store.ts';

/**
 * Keeps enrolments in the memory of this process, for a first try and for tests, and warns about it once. Deletes them as
 * `createPostgresEnrolmentStore` does. Throws IssuerError `INVALID_OPTIONS` if NODE_ENV is `production`.
 */
export function createMemoryEnrolmentStore(): EnrolmentStore {
  guard(() => declareMemoryStore('createMemoryEnrolmentStore', 'createPostgresEnrolmentStore'));
  const kept = createPendingMap<StoredEnrolment>();
  return {
    async addEnrolment(enrolment) {
      kept.add(enrolment);
    },
    async findEnrolment({ stateHash }) {
      return kept.find(stateHash);
    },
    async noteProof({ stateHash, proofHash }) {
      const enrolment = kept.find(stateHash);
      if (enrolment !== undefined && enrolment.completion === undefined) kept.replace({ ...enrolment, proofHash });
    },
    async completeEnrolment({ stateHash, ...completion }) {
      return completeOnce(kept, stateHash, completion);
    },
  };
}
