/**
 * Prepares a release from .changeset/: the section of CHANGELOG.md, the version of every package and of the root, the lock file, and the
 * version in the guides and the quick starts. It does not commit, tag or publish; CONTRIBUTING.md has those steps.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBills } from './sbom.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHANGELOG = path.join(ROOT, 'CHANGELOG.md');
const SCOPE = '@payment-passkeys/';
const KITS = ['issuer', 'merchant', 'kit', 'native'];

const plan = readPlan();
const version = plan.releases[0]?.newVersion;
if (version === undefined) stop('There is no changeset, so there is nothing to release.');
const changelog = readFileSync(CHANGELOG, 'utf8');
const newest = changelog.indexOf('\n## ') + 1;
writeFileSync(
  CHANGELOG,
  `${changelog.slice(0, newest)}${buildSection(version, plan.changesets)}\n${changelog.slice(newest)}`,
);
run('changeset', ['version']);
const manifest = path.join(ROOT, 'package.json');
writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": "[^"]+"/, `"version": "${version}"`));
writeIntoTexts(version);
run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']);
for (const file of writeBills(path.join(ROOT, 'test-results', 'sbom'))) console.log(path.relative(ROOT, file));
console.log(
  `Version ${version}. Read CHANGELOG.md, run npm test, then commit, tag and publish as CONTRIBUTING.md says.`,
);

/** The content of the changesets: their texts, and the version that all packages get (they are "fixed" in .changeset/config.json). */
function readPlan() {
  const folder = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-release-'));
  try {
    const file = path.join(folder, 'plan.json');
    run('changeset', ['status', `--output=${path.relative(ROOT, file)}`]);
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The section has the changes for users of the kits first, then the steps for operators of a network. */
function buildSection(newVersion, changesets) {
  const entries = changesets.map(({ releases, summary }) => {
    const packages = releases.map(({ name }) => name.replace(SCOPE, ''));
    const text = `- **${packages.join(', ')}:** ${summary.trim().replaceAll('\n', '\n  ')}\n`;
    return { text: text.replaceAll(/ +$/gm, ''), ofKits: packages.some((name) => KITS.includes(name)) };
  });
  const part = (title, ofKits) => {
    const texts = entries.filter((entry) => entry.ofKits === ofKits).map(({ text }) => text);
    return texts.length === 0 ? '' : `### ${title}\n\n${texts.join('')}\n`;
  };
  const parts = [part('The kits', true), part('The network and its packages', false)];
  return `## ${newVersion}\n\n${parts.join('').trimEnd()}\n`;
}

/** The guides and the quick starts name the packages with their version. */
function writeIntoTexts(newVersion) {
  for (const file of globSync(['docs/*.md', 'examples/*/README.md', 'examples/*/package.json'], { cwd: ROOT })) {
    const text = readFileSync(path.join(ROOT, file), 'utf8')
      .replace(/(payment-passkeys-[a-z]+-)\d+\.\d+\.\d+(?=\.tgz)/g, `$1${newVersion}`)
      .replace(/("@payment-passkeys\/[a-z]+": )"\d[^"]*"/g, `$1"${newVersion}"`);
    writeFileSync(path.join(ROOT, file), text);
  }
}

function run(command, words) {
  const { status } = spawnSync(command, words, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) stop(`${command} ${words.join(' ')} failed.`);
}

function stop(line) {
  console.error(line);
  process.exit(1);
}
