/** The dependencies of the network's parts: plain values, made once in `startNetwork`. Each part takes only those that it uses. */
import type { AttestationDemand } from '@payment-passkeys/protocol';
import type { CeremonyPolicy } from '@payment-passkeys/webauthn';
import type { Pool } from 'pg';
import type { KeyFolder } from './domain/keys/key-folder.ts';
import type { FindModel } from './domain/passkeys/authenticator-facts.ts';
import type { Config } from './platform/config/config.ts';
import type { ConsoleSettings } from './platform/config/console-settings.ts';
import type { NetworkServer } from './platform/http/network-server.ts';
import type { Metrics } from './platform/telemetry/metrics.ts';
import type { Tracing } from './platform/telemetry/tracing.ts';

export interface Network {
  readonly config: Config;
  readonly pool: Pool;
  readonly keys: KeyFolder;
  /** The policy of every ceremony. To create a passkey, use `policyFor`: the client may demand attestation. */
  readonly policy: CeremonyPolicy;
  readonly policyFor: (demand: AttestationDemand | null) => CeremonyPolicy;
  /** The name of an authenticator's model by its AAGUID, from the FIDO metadata. */
  readonly findModel: FindModel;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly clock: () => Date;
  /** Whether the process is about to end and must not be sent new requests: see process/draining.ts. */
  readonly draining: () => boolean;
}

/** The dependencies of the console's parts. `pool` is the console's own: a slow search never takes a connection from a payment. */
export interface ConsoleNetwork extends Network {
  readonly console: ConsoleSettings;
  /** The policy of the operators' passkeys. */
  readonly operatorPolicy: CeremonyPolicy;
  /** The public server of this process. The sandbox's console acts there as a cardholder. */
  readonly publicServer: Pick<NetworkServer, 'inject'>;
}
