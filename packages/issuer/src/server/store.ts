/** What the kit keeps, as the host's store sees it. `createPostgresEnrolmentStore` is the ready-made one. */
import { PENDING_KEPT_SECONDS } from '@payment-passkeys/kit';
import type { Completion, StoredEnrolment } from './enrolment.ts';

/** From its start an enrolment, pending or completed, can be read for 24 hours and 35 minutes; then a store may forget it. */
export const ENROLMENT_KEPT_SECONDS: number = PENDING_KEPT_SECONDS;

/**
 * Every method is durable when it resolves, touches one key, and rejects with the store's own error (the kit wraps it as
 * `STORE_UNAVAILABLE`). None of them receives an account reference, a secret or a proof.
 */
export interface EnrolmentStore {
  /** Keeps a new enrolment for at least {@link ENROLMENT_KEPT_SECONDS}. */
  addEnrolment(enrolment: StoredEnrolment): Promise<void>;
  /** The pending or completed enrolment, or undefined. */
  findEnrolment(key: { readonly stateHash: string }): Promise<StoredEnrolment | undefined>;
  /** Notes the hash of a proof that was verified. Changes nothing of a completed enrolment. */
  noteProof(note: { readonly stateHash: string; readonly proofHash: string }): Promise<void>;
  /**
   * Completes an enrolment once: of any number of callers at once one writes, in one conditional update, and all get what it wrote.
   * Undefined when there is no such enrolment.
   */
  completeEnrolment(completion: Completion & { readonly stateHash: string }): Promise<Completion | undefined>;
}
