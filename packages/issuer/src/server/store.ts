/** The interface of the host's store. `createPostgresEnrolmentStore` is the ready-made one. */
import { PENDING_KEPT_SECONDS } from '@payment-passkeys/kit';
import type { Completion, StoredEnrolment } from './enrolment.ts';

/** An enrolment, pending or completed, must be readable for 24 hours and 35 minutes from its start; then a store may delete it. */
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
  /** Stores the hash of a verified proof. Does not change a completed enrolment. */
  noteProof(note: { readonly stateHash: string; readonly proofHash: string }): Promise<void>;
  /**
   * Completes an enrolment once, in one conditional update: of many concurrent callers one writes, and all get what it wrote. Undefined if
   * there is no such enrolment.
   */
  completeEnrolment(completion: Completion & { readonly stateHash: string }): Promise<Completion | undefined>;
}
