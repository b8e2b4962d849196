/**
 * The environment for a project outside of this repository: without the workspace's import conditions, which would find the sources, and without
 * the npm settings of the running script.
 */
export function plainEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('npm_'));
  return Object.fromEntries(kept);
}
