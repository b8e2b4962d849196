/**
 * Builds the image of the Dockerfile by buildah, without a registry and without user namespaces: on base images that are made of this
 * machine's own files. Runs it without a container engine: a root file system that cannot be written to, the image's user, no privileges.
 */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The user of the image. */
const USER = 65532;
/** A folder on the disk: the layers of an image need gigabytes, and tmpdir() may be in memory. */
const LARGE_FILES = '/var/tmp';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Why the image cannot be built here; undefined if it can. */
export function whyNoImage(): string | undefined {
  if (spawnSync('buildah', ['--version']).error !== undefined)
    return 'buildah is not here (Debian: apt-get install buildah)';
  if (findNpm() === undefined)
    return 'this npm has its libraries elsewhere (Debian’s own has): install Node and npm from https://nodejs.org';
  if (process.getuid?.() !== 0) return 'buildah needs root for --isolation chroot';
  const { status } = spawnSync('unshare', ['--mount', 'mount', '--bind', '/proc', '/proc']);
  return status === 0 ? undefined : 'this machine does not allow mounts (a container needs --cap-add SYS_ADMIN)';
}

export interface Image {
  /** The root file system of a container of this image. */
  readonly root: string;
  readonly config: ImageConfig;
  remove(): void;
}

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly StopSignal: string;
}

/** Builds the image, which takes minutes. */
export async function buildImage(): Promise<Image> {
  const folder = mkdtempSync(join(LARGE_FILES, 'image-'));
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  const buildah = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)('buildah', [...storage, ...args], { cwd: ROOT, maxBuffer: 2 ** 28 });
    return stdout.trim();
  };
  const remove = () => {
    spawnSync('buildah', [...storage, 'umount', '--all']);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const runtime = join(folder, 'runtime');
    makeRuntime(runtime);
    const node = join(folder, 'node');
    cpSync(runtime, node, { recursive: true, verbatimSymlinks: true });
    addBuildTools(node);
    for (const [name, files] of Object.entries({ runtime, node })) {
      const container = await buildah('from', 'scratch');
      await buildah('add', '--quiet', container, files, '/');
      const env = ['--env', 'PATH=/usr/local/bin:/usr/bin:/bin', '--env', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`];
      await buildah('config', ...(name === 'node' ? env : []), container);
      await buildah('commit', '--quiet', container, `localhost/${name}`);
      await buildah('rm', container);
      rmSync(files, { recursive: true });
    }
    const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    await buildah(
      'build',
      ...['--isolation', 'chroot', '--format', 'docker', '--pull-never', '--layers=false'],
      ...['--volume', `${cache}:/root/.npm`],
      ...['--build-arg', 'NODE_IMAGE=localhost/node', '--build-arg', 'RUNTIME_IMAGE=localhost/runtime'],
      ...['--build-arg', 'VERSION=1.2.3', '--build-arg', 'REVISION=abc'],
      ...['--tag', 'localhost/network', '.'],
    );
    const { Docker } = JSON.parse(await buildah('inspect', '--type', 'image', 'localhost/network'));
    const container = await buildah('from', '--pull-never', 'localhost/network');
    return { root: await buildah('mount', container), config: Docker.config, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Makes the files of a distroless image with libc and libstdc++: it has no shell and no other program. */
function makeRuntime(root: string): void {
  for (const folder of ['etc/ssl/certs', 'tmp', 'proc', 'dev']) mkdirSync(join(root, folder), { recursive: true });
  addLibraries(root, process.execPath);
  writeFileSync(join(root, 'etc/passwd'), `nonroot:x:${USER}:${USER}::/:/sbin/nologin\n`);
  writeFileSync(join(root, 'etc/group'), `nonroot:x:${USER}:\n`);
  if (existsSync(CERTIFICATES)) copyFileSync(CERTIFICATES, join(root, CERTIFICATES));
}

/** Adds the parts of Node's official image that the Dockerfile uses: Node, npm, a shell and three programs. */
function addBuildTools(root: string): void {
  for (const program of ['sh', 'mkdir', 'chmod', 'chown', 'env']) {
    const file = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    const target = join(root, program === 'env' ? 'usr/bin' : 'bin', program);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(file), target);
    addLibraries(root, file);
  }
  const [libc = ''] = librariesOf(process.execPath).filter((file) => file.endsWith('/libc.so.6'));
  // ldd does not list these: native packages and the resolver of host names load them by name.
  for (const name of ['librt.so.1', 'libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2']) {
    const file = join(dirname(libc), name);
    if (existsSync(file)) copyFileSync(file, join(root, file));
  }
  mkdirSync(join(root, 'root'));
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  cpSync(findNpm() ?? '', join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

/** The folder of the npm on the path, if all that it needs is in it. */
function findNpm(): string | undefined {
  const file = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  const folder = dirname(dirname(realpathSync(file)));
  return existsSync(join(folder, 'node_modules/semver')) ? folder : undefined;
}

function addLibraries(root: string, program: string): void {
  for (const file of librariesOf(program)) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    copyFileSync(file, join(root, file)); // copies the target of a link
  }
}

function librariesOf(program: string): readonly string[] {
  return execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/[^ )\n]+/g) ?? [];
}

/** Mounts in a namespace of its own: the root file system read-only, `data` at /data. */
const ENTER = `
set -e
root=$1; data=$2; shift 2
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -o remount,ro,bind "$root"
mount -t proc proc "$root/proc"
exec setpriv --no-new-privs chroot --userspec=${USER}:${USER} "$root" "$@"
`;

/** A folder for /data, as a new volume is. */
export function makeVolume(): string {
  const folder = mkdtempSync(join(tmpdir(), 'volume-'));
  chownSync(folder, USER, USER);
  return folder;
}

export interface RunOptions {
  readonly image: Image;
  readonly volume: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a command in the image, with the image's environment. `said` is both outputs. */
export function startInImage({ image, volume, command, env }: RunOptions) {
  const own = Object.fromEntries(image.config.Env.map((line) => line.split('=', 2)));
  // The first program ends with this process. Each further program replaces the one before it.
  const enter = [
    '--pdeathsig=KILL',
    'unshare',
    '--mount',
    '/bin/sh',
    '-c',
    ENTER,
    'sh',
    image.root,
    volume,
    ...command,
  ];
  const child = spawn('setpriv', enter, {
    cwd: '/',
    env: { ...own, PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  return {
    said: () => said,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    ended,
    /** Resolves when the program has printed the words. Rejects with its whole output if it ends first. */
    says: (words: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => said.includes(words) && resolve();
        for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
        look();
        void ended.then((how) => reject(new Error(`It has ended (${how}), having said: ${said}`)));
      }),
  };
}

export async function runInImage(options: RunOptions) {
  const running = startInImage(options);
  return { status: await running.ended, output: running.said() };
}
