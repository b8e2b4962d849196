/** The console's sandbox screen: which clients there are, and what may be done for them. */
import Type, { type Static } from 'typebox';
import { CLIENT_ROLES } from '../clients.ts';
import { ClientId, Text } from '../fields.ts';

/** Takes GET; answers a {@link SandboxOverview}. Only in sandbox mode, like all paths below it. */
export const SANDBOX_PATH = '/api/sandbox';

export const SandboxClient = Type.Object({ clientId: ClientId, name: Text(100), role: Type.Enum(CLIENT_ROLES) });
export type SandboxClient = Static<typeof SandboxClient>;

export const SandboxOverview = Type.Object({
  /** All clients, by their ids. */
  clients: Type.Array(SandboxClient),
});
export type SandboxOverview = Static<typeof SandboxOverview>;
