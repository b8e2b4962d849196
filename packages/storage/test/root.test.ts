/** PostgreSQL refuses to run as root. So for root an unprivileged user runs the server, even below folders that this user cannot enter. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../src/index.ts';
import { procStatus, serverPid, startHolder, temporaryDataDir } from './holding.ts';

/** capability.h: CAP_DAC_OVERRIDE 1, CAP_DAC_READ_SEARCH 2, as masks. */
const NOTHING = '0000000000000000';
const DAC_OVERRIDE = '0000000000000002';
const DAC_READ_SEARCH = '0000000000000004';

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('as root', () => {
  test('the server runs as another user without any capability', async () => {
    const dataDir = await temporaryDataDir();
    const database = await openDatabase({ dataDir, name: 'network' });
    const pid = await serverPid(dataDir);
    expect(await procStatus(pid, 'Uid')).not.toBe('0');
    // In a checkout below a private folder the user cannot reach the programs, so this test lends it a capability, too.
    expect([NOTHING, DAC_READ_SEARCH]).toContain(await procStatus(pid, 'CapEff'));
    await database.close();
  });

  if (process.env.DRILLS) {
    test('below a private folder it is lent the one capability that passes it', async () => {
      const dataDir = path.join(await temporaryDataDir(0o700), 'data');
      await mkdir(dataDir);
      const database = await openDatabase({ dataDir, name: 'network' });
      const pid = await serverPid(dataDir);
      expect(await procStatus(pid, 'Uid')).not.toBe('0');
      expect(await procStatus(pid, 'CapEff')).toBe(DAC_READ_SEARCH);
      await database.close();
    });

    test('where a container withholds that one, it is lent dac_override; where it withholds both, EMBEDDED_UNREACHABLE', async () => {
      const dataDir = path.join(await temporaryDataDir(0o700), 'data');
      await mkdir(dataDir);
      const neither = await startHolder(dataDir, 'network', [
        'setpriv',
        '--bounding-set=-dac_read_search,-dac_override',
      ]);
      expect(neither.said).toBe('EMBEDDED_UNREACHABLE');
      await neither.close();
      const one = await startHolder(dataDir, 'network', ['setpriv', '--bounding-set=-dac_read_search']);
      expect(await procStatus(await serverPid(dataDir), 'CapEff')).toBe(DAC_OVERRIDE);
      await one.close();
    });
  }
});
