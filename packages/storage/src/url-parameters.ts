/** Checks the parameters of a connection URI: those that node-postgres would ignore, or read with another meaning. */

/**
 * Parameters that name files; without a value, or without the file that belongs to it, the connection would have no TLS or no certificate.
 */
const FILES = ['sslcert', 'sslkey', 'sslrootcert'];

/**
 * @param url a URL that can be parsed.
 * @returns what is wrong and what to do, to be printed after the setting's name, and without any value; undefined when nothing is wrong.
 */
export function findFaultOfParameters(url: string): string | undefined {
  const { searchParams } = new URL(url);
  for (const [name, value] of searchParams) {
    if (searchParams.getAll(name).length > 1) return `has the parameter ${name} twice: leave one of them.`;
    if (value !== '') continue;
    return FILES.includes(name)
      ? `has an empty parameter ${name}: give it the path of a PEM file, or leave it out.`
      : `has an empty parameter ${name}: give it a value, or leave it out.`;
  }
  if (searchParams.has('sslcert') !== searchParams.has('sslkey')) {
    return 'has sslcert without sslkey, or sslkey without sslcert: a certificate of the client needs both.';
  }
  return undefined;
}
