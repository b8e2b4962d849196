/** Settings that do not stop the network from starting, but should be different in production. Pure. */
import { type Config, isLocalDatabase } from '../../platform/config/config.ts';
import type { HealthProblem } from './problem.ts';

export function findSettingProblems(config: Config): readonly HealthProblem[] {
  if (config.mode === 'sandbox') return [];
  return [...findMetricsProblems(config), ...findBrandingProblems(config), ...findConnectionProblems(config)];
}

const setting = (about: string, text: string, remedy: string, docs: string): HealthProblem => ({
  kind: 'CONFIGURATION',
  severity: 'WARNING',
  about,
  text,
  remedy,
  docs,
});

function findMetricsProblems({ metrics }: Config): readonly HealthProblem[] {
  if (metrics !== undefined) return [];
  return [
    setting(
      'METRICS_PORT',
      'is not set, and in production there are no metrics without it: see docs/observability.md',
      'Set METRICS_PORT, and have Prometheus read it.',
      'observability.md',
    ),
  ];
}

/** What cardholders see where name, support address and documents are not set. */
function findBrandingProblems({ branding, legal, publicUrl }: Config): readonly HealthProblem[] {
  const see = 'see "The network’s branding" in docs/operating-the-network.md';
  const unset = (about: string, text: string) =>
    setting(about, `is not set: ${text}; ${see}`, `Set ${about}.`, 'operating-the-network.md');
  const sample = legal.texts.notes !== undefined;
  const served = legal.documents.complianceResources.some(({ uri }) => uri.startsWith(`${publicUrl}/`));
  return [
    ...(branding.name === new URL(publicUrl).hostname
      ? [unset('NETWORK_NAME', `cardholders see ${branding.name}`)]
      : []),
    ...(branding.supportUri ? [] : [unset('NETWORK_SUPPORT_URI', 'the page offers cardholders no help')]),
    ...(sample && served ? [unset('LEGAL_TEXTS', 'cardholders are asked to agree to sample texts')] : []),
  ];
}

function findConnectionProblems({ databaseUrl }: Config): readonly HealthProblem[] {
  if (databaseUrl === undefined || isLocalDatabase(databaseUrl)) return [];
  if (new URL(databaseUrl).searchParams.get('sslmode') === 'verify-full') return [];
  return [
    setting(
      'DATABASE_URL',
      'does not insist on TLS to the server it names: add sslmode=verify-full',
      'Add sslmode=verify-full to DATABASE_URL.',
      'operating-the-network.md',
    ),
  ];
}
