/** What the parts of the network are handed: plain values, made once in `startNetwork`. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { AttestationDemand } from '@payment-passkeys/protocol';
import type { CeremonyPolicy } from '@payment-passkeys/webauthn';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import type { Metrics } from './health/metrics.ts';
import type { KeyFolder } from './keys/key-folder.ts';
import type { Tracing } from './tracing/tracing.ts';

export interface Network {
  readonly config: Config;
  readonly pool: Pool;
  readonly keys: KeyFolder;
  /** Of every ceremony but the making of a passkey, where a client may demand more. */
  readonly policy: CeremonyPolicy;
  readonly policyFor: (demand: AttestationDemand | null) => CeremonyPolicy;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly clock: () => Date;
  /** Whether the process is about to end, and is not to be sent any more: see draining.ts. */
  readonly leaving: () => boolean;
}

/** Fastify, with TypeBox schemas as the types of its requests. */
export type NetworkServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
