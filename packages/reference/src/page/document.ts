/** The OpenAPI document as the page shows it, and which of its operations are signed. */

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: {
    readonly content?: { readonly 'application/json'?: { readonly examples?: Record<string, DescribedExample> } };
  };
}

interface DescribedExample {
  value: unknown;
  readonly 'x-encrypted'?: unknown;
}

export interface ApiDocument {
  servers: { url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Changes the document: each example's `encryptedData` is plain, and has an id and times of now, so that it can be sent as it is. */
export function showPlainExamples(
  { paths }: ApiDocument,
  { now, newId }: { readonly now: Date; readonly newId: () => string },
): void {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  for (const { requestBody } of operations) {
    for (const example of Object.values(requestBody?.content?.['application/json']?.examples ?? {})) {
      const plain = example['x-encrypted'];
      example.value = mapMembers(example.value, (name, value) => {
        if (name === 'encryptedData' && plain !== undefined)
          return mapMembers(plain, (at, time) => (TIMES.has(at) ? now.toISOString() : time));
        return name === 'clientSessionId' ? newId() : value;
      });
    }
  }
}

/** Members that the network compares with its clock. */
const TIMES: ReadonlySet<string> = new Set(['verifiedAt', 'acceptedAt']);

function mapMembers(value: unknown, change: (name: string, value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapMembers(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const changed = change(name, member);
      return [name, changed === member ? mapMembers(member, change) : changed];
    }),
  );
}

/** Whether the call is one of the document's operations with the scheme `oauth1`. */
export function isSigned(
  { paths }: ApiDocument,
  { method, path }: { readonly method: string; readonly path: string },
): boolean {
  const matches = (template: string) => {
    const parts = template.split('/');
    const given = path.split('/');
    return parts.length === given.length && parts.every((part, at) => part.startsWith('{') || part === given[at]);
  };
  const found = Object.entries(paths).find(([template]) => matches(template));
  return found?.[1][method.toLowerCase()]?.security?.some((scheme) => 'oauth1' in scheme) ?? false;
}
