/** The Node version that the project needs: plain JavaScript for Node 18 or newer, because setup.mjs checks it first. */

/** Node 24.21.0 and its OpenSSL, on which the tests run. An older OpenSSL has known flaws in functions that this project verifies with. */
export const OLDEST_NODE = '24.21.0';
export const OLDEST_OPENSSL = '3.5.8';

/**
 * @param {{ readonly node: string, readonly openssl: string }} versions `process.versions` of the Node in question.
 * @returns {string | undefined} what is wrong with it and what to install; undefined if it is new enough.
 */
export function findFaultOfNode({ node, openssl }) {
  const what =
    compareVersions(node, OLDEST_NODE) < 0
      ? `this is Node ${node}`
      : compareVersions(openssl, OLDEST_OPENSSL) < 0
        ? `this is Node ${node} with OpenSSL ${openssl}`
        : undefined;
  return (
    what &&
    `Node ${OLDEST_NODE} or newer with OpenSSL ${OLDEST_OPENSSL} or newer is needed, and ${what}: install the newest Node 24 from https://nodejs.org, and start again.`
  );
}

/** Compares the numbers; a suffix such as +quic or -rc.1 does not count. */
function compareVersions(one, other) {
  const [a, b] = [one, other].map((version) => version.split(/[-+]/, 1)[0].split('.').map(Number));
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
