/** The console's sandbox screen: which clients there are, and what may be done for them. */
import Type, { type Static } from 'typebox';
import { CLIENT_ROLES } from '../clients.ts';
import { ClientId, Text } from '../fields.ts';
import { SANDBOX_STEPS } from './values.ts';

/** Takes GET; answers a {@link SandboxOverview}. Only in sandbox mode, like all paths below it. */
export const SANDBOX_PATH = '/api/sandbox';

export const SandboxClient = Type.Object({ clientId: ClientId, name: Text(100), role: Type.Enum(CLIENT_ROLES) });
export type SandboxClient = Static<typeof SandboxClient>;

/** An e-mail address of a session's accounts that decides what the session meets. */
export const SandboxValueReport = Type.Object({
  step: Type.Enum(SANDBOX_STEPS),
  /** The address, with a number where it has one. */
  example: Text(100),
  /** What the network does; code is in backticks. */
  happens: Text(300),
  /** What the client gets. */
  meets: Text(300),
});
export type SandboxValueReport = Static<typeof SandboxValueReport>;

export const SandboxOverview = Type.Object({
  /** All clients, by their ids. */
  clients: Type.Array(SandboxClient),
  values: Type.Array(SandboxValueReport),
  /** The types of events that can be sent. */
  eventTypes: Type.Array(Text(64)),
});
export type SandboxOverview = Static<typeof SandboxOverview>;
