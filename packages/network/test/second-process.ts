/** Stands in for another process of the same network: the same database, the same folder of keys, an address of its own. */
import { PATIENT_LIMITS } from '@payment-passkeys/testkit';
import { readConfig } from '../src/platform/config/config.ts';
import { type RunningNetwork, startNetwork } from '../src/process/start.ts';
import type { TestNetwork } from './running-network.ts';

/** `env` is added to a sandbox without noticeable limits. */
export function startSecondProcess(
  network: TestNetwork,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningNetwork> {
  const config = readConfig({
    DATABASE_URL: network.database.url,
    DATA_DIR: network.dataDir,
    PUBLIC_URL: network.publicUrl,
    LOG_LEVEL: 'silent',
    RATE_LIMIT_PER_CLIENT: '10000',
    RATE_LIMIT_PER_ADDRESS: '10000',
    RATE_LIMIT_PER_SESSION: '10000',
    ...PATIENT_LIMITS,
    ...env,
  });
  return startNetwork({ config: { ...config, port: 0 }, clock: () => network.now });
}
