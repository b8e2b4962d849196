/** What starts a party of the demonstration is given. */
import type { RunningNetwork, TracingSettings } from '@payment-passkeys/network';

export interface DemoOptions {
  readonly ports: { readonly network: number; readonly bank: number; readonly shop: number };
  /** Keys, and the embedded database where there is no `databaseUrl`. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly logLevel: string;
  /** Of all three; each says who it is. */
  readonly tracing: TracingSettings | undefined;
  readonly clock: () => Date;
  readonly onProgress?: (line: string) => void;
}

export interface PartyStart {
  readonly options: DemoOptions;
  readonly network: RunningNetwork;
  /** How to close what was opened, in the order that it was. */
  readonly opened: (() => Promise<void>)[];
}

export const HOST = '127.0.0.1';
