/** The options with which bank and shop start. */
import type { RunningNetwork, TracingSettings } from '@payment-passkeys/network';
import type { ProviderAccount } from '@payment-passkeys/shop';

export interface DemoOptions {
  readonly ports: { readonly network: number; readonly bank: number; readonly shop: number; readonly console: number };
  /** The folder of the keys, and of the embedded database if there is no `databaseUrl`. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly logLevel: string;
  /** CONSOLE_APPROVALS of the network: whether sensitive changes at the console wait for a second person. Absent: the sandbox's default. */
  readonly approvals?: string | undefined;
  /** More of the network's configuration, by the names of its environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For all three; each has its own service name. */
  readonly tracing: TracingSettings | undefined;
  /** Starts a payment service provider that the shop is a merchant of. Absent: the shop is a client of the network. */
  readonly startProvider?: StartProvider | undefined;
  readonly clock: () => Date;
  readonly onProgress?: (line: string) => void;
}

/** Starts a provider, registers it at the network, and opens an account for the shop. */
export type StartProvider = (given: {
  readonly network: RunningNetwork;
  readonly shop: { readonly name: string; readonly origin: string };
}) => Promise<{ readonly account: ProviderAccount; stop(): Promise<void> }>;

export interface PartyStart {
  readonly options: DemoOptions;
  readonly network: RunningNetwork;
  /** The closing functions of what was opened, in the order of opening. */
  readonly opened: (() => Promise<void>)[];
}

export const HOST = '127.0.0.1';

/** The public address of the bank or the shop. */
export const partyUrl = (party: 'bank' | 'shop', { ports }: Pick<DemoOptions, 'ports'>): string =>
  `http://${party}.localhost:${ports[party]}`;
