/** The bills of materials: valid by CycloneDX's own schema, complete, with the lock file's hashes, and without anything that is not shipped. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Validation } from '@cyclonedx/cyclonedx-library';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildBill, SHIPPED } from './sbom.mjs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

const NAMES = process.env.DRILLS ? Object.keys(SHIPPED) : ['network'];

const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' }).stdout.trim();
/** The first npm that writes bills of materials. */
const CANNOT_RUN = Number(npm.split('.')[0]) < 10;
if (CANNOT_RUN) console.warn(`npm ${npm} makes no bills of materials, npm 10 does: the tests of them are SKIPPED.`);

/** Libraries that tests use directly, and shipped code uses too. */
const ALSO_SHIPPED = ['jose', 'ajv', 'ajv-formats'];

describe.skipIf(CANNOT_RUN).each(NAMES)('the bill of %s', (name) => {
  let bill;
  beforeAll(() => {
    bill = buildBill(name);
  });

  test('is valid CycloneDX', async () => {
    const [, version] = /bom-(\d\.\d)\.schema/.exec(bill.$schema) ?? [];
    const validator = new Validation.JsonStrictValidator(version);
    expect(await validator.validate(JSON.stringify(bill))).toBe(null);
    const broken = { ...bill, components: [{ type: 'nonsense', name: 'x' }] };
    expect(await validator.validate(JSON.stringify(broken))).not.toBe(null);
  });

  test('is about the package, and has each of its dependencies', () => {
    const [manifest, ...bundled] = SHIPPED[name].map((own) =>
      JSON.parse(readFileSync(new URL(`../packages/${own}/package.json`, import.meta.url), 'utf8')),
    );
    const { group, name: subject, version } = bill.metadata.component;
    expect([`${group}/${subject}`, version]).toEqual([manifest.name, manifest.version]);
    const listed = bill.components.map((component) => component['bom-ref']);
    const dependencies = [manifest, ...bundled].flatMap((each) => Object.keys(each.dependencies ?? {}));
    for (const dependency of dependencies) {
      const { resolved, link, version: locked } = lock.packages[`node_modules/${dependency}`];
      expect(listed).toContain(`${dependency}@${link ? lock.packages[resolved].version : locked}`);
    }
  });

  test('has the lock file’s hash of every library, and a licence', () => {
    const hashes = new Map(
      Object.entries(lock.packages).map(([folder, { name: alias, version, integrity }]) => [
        `${alias ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
        integrity,
      ]),
    );
    for (const component of bill.components.filter(({ group }) => group !== '@payment-passkeys')) {
      const [hash] = component.hashes ?? [];
      expect(`sha512-${Buffer.from(hash?.content ?? '', 'hex').toString('base64')}`).toBe(
        hashes.get(component['bom-ref']),
      );
      expect(component.licenses, component['bom-ref']).toHaveLength(1);
    }
  });

  test('has no development dependency', () => {
    const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const listed = bill.components.map((component) => component['bom-ref']);
    for (const [library, version] of Object.entries(devDependencies)) {
      if (!ALSO_SHIPPED.includes(library)) expect(listed).not.toContain(`${library}@${version}`);
    }
  });
});
