/** The console's settings: CONSOLE_… */
import type { Mode } from '@payment-passkeys/protocol';
import { OPERATOR_ROLES, type OperatorRole } from '@payment-passkeys/protocol/console';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { readInteger } from './integer-setting.ts';
import { readOrigin } from './origin-setting.ts';

export interface ConsoleSettings {
  /** Loopback where CONSOLE_URL is not set. */
  readonly host: string;
  readonly port: number;
  /** The console's public origin, such as `https://console.network.example`. Operators' passkeys are tied to its host name. */
  readonly url: string;
  /** Whether sensitive changes at the console wait for a second person. */
  readonly approvals: boolean;
  /** Undefined: operators sign in by passkeys only. */
  readonly oidc: OidcSettings | undefined;
}

/** The organisation's OpenID provider. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The claim of the ID token that says which role the operator has: a text, or a list of texts. */
  readonly roleClaim: string;
  /** The role of each value of the claim. */
  readonly roles: ReadonlyMap<string, OperatorRole>;
}

/** What the configuration says of the public listener. */
interface PublicListener {
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
}

/** Undefined without CONSOLE_PORT: there is no console. @throws ConfigError */
export function readConsole(env: Environment, listener: PublicListener): ConsoleSettings | undefined {
  if (!env.CONSOLE_PORT) return undefined;
  const { mode, host } = listener;
  const port = readInteger(env, 'CONSOLE_PORT', { absent: 0, min: 1, max: 65535 });
  if (port === listener.port) throw new ConfigError('CONSOLE_PORT', 'has to be another port than PORT.');
  const approvals = env.CONSOLE_APPROVALS || (mode === 'production' ? 'on' : 'off');
  if (approvals !== 'on' && approvals !== 'off') throw new ConfigError('CONSOLE_APPROVALS', 'has to be on or off.');
  return Object.freeze({
    host: env.CONSOLE_URL ? host : '127.0.0.1',
    port,
    url: readConsoleUrl(env.CONSOLE_URL, { ...listener, port }),
    approvals: approvals === 'on',
    oidc: readOidc(env, mode),
  });
}

function readConsoleUrl(value: string | undefined, { mode, port, publicUrl }: PublicListener): string {
  const required = 'is required in production with CONSOLE_PORT';
  const origin = readOrigin(value, { setting: 'CONSOLE_URL', name: 'console', port, mode, required });
  // Cookies are sent to every port of a host, and the browser would list the passkeys of cardholders and operators together.
  if (new URL(origin).hostname === new URL(publicUrl).hostname)
    throw new ConfigError('CONSOLE_URL', 'has to have another host name than PUBLIC_URL.');
  return origin;
}

function readOidc(env: Environment, mode: Mode): OidcSettings | undefined {
  const issuer = env.CONSOLE_OIDC_ISSUER;
  if (!issuer) return undefined;
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && mode === 'sandbox')))
    throw new ConfigError('CONSOLE_OIDC_ISSUER', 'has to be the https address of an OpenID provider.');
  const required = (name: string) => {
    const value = env[name];
    if (!value) throw new ConfigError(name, 'is required with CONSOLE_OIDC_ISSUER.');
    return value;
  };
  return Object.freeze({
    issuer,
    clientId: required('CONSOLE_OIDC_CLIENT_ID'),
    clientSecret: required('CONSOLE_OIDC_CLIENT_SECRET'),
    roleClaim: required('CONSOLE_OIDC_ROLE_CLAIM'),
    roles: readRoles(env.CONSOLE_OIDC_ROLES),
  });
}

/** `value=ROLE,value=ROLE`. Without it the values of the claim are the roles themselves. */
function readRoles(text: string | undefined): ReadonlyMap<string, OperatorRole> {
  const pairs = text ? text.split(',') : OPERATOR_ROLES.map((role) => `${role}=${role}`);
  const roles = pairs.map((pair): [string, OperatorRole] => {
    const at = pair.lastIndexOf('=');
    const value = pair.slice(0, at).trim();
    const role = OPERATOR_ROLES.find((known) => known === pair.slice(at + 1).trim());
    if (at < 1 || value === '' || role === undefined) {
      throw new ConfigError(
        'CONSOLE_OIDC_ROLES',
        `has to be a list such as network-admins=ADMINISTRATOR,helpdesk=SUPPORT; the roles are ${OPERATOR_ROLES.join(', ')}.`,
      );
    }
    return [value, role];
  });
  return new Map(roles);
}
