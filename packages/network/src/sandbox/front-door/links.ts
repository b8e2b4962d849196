/** The links of the front door: to everything that runs here and has an address. */
import { MANAGE_PATH } from '@payment-passkeys/protocol';
import type { Config } from '../../platform/config/config.ts';
import type { Texts } from './texts.ts';

export interface LinkGroup {
  readonly heading: keyof Texts;
  readonly links: readonly Link[];
}

interface Link {
  readonly to: string;
  readonly name: keyof Texts;
  readonly text: keyof Texts;
}

/** `hasPage` says whether this server answers GET at a path. A group without a link is left out. */
export function findLinks(
  { demo, console: settings }: Pick<Config, 'demo' | 'console'>,
  hasPage: (path: string) => boolean,
): readonly LinkGroup[] {
  const own = (to: string, name: keyof Texts, text: keyof Texts) => (hasPage(to) ? [{ to, name, text }] : []);
  const other = (to: string | undefined, name: keyof Texts, text: keyof Texts) =>
    to === undefined ? [] : [{ to, name, text }];
  const groups: readonly LinkGroup[] = [
    {
      heading: 'tryHeading',
      links: [
        ...other(demo.bankUrl, 'bank', 'bankText'),
        ...other(demo.shopUrl, 'shop', 'shopText'),
        ...own(MANAGE_PATH, 'passkeys', 'passkeysText'),
      ],
    },
    {
      heading: 'buildHeading',
      links: [
        ...own('/docs', 'reference', 'referenceText'),
        ...own('/openapi.json', 'openapi', 'openapiText'),
        ...own('/docs/collection.json', 'collection', 'collectionText'),
        ...own('/docs/bruno-collection.tar.gz', 'brunoCollection', 'brunoCollectionText'),
        ...own('/.well-known/jwks.json', 'proofKeys', 'proofKeysText'),
        ...own('/keys/encryption', 'encryptionKeys', 'encryptionKeysText'),
      ],
    },
    {
      heading: 'runHeading',
      links: [
        ...other(settings?.url, 'console', 'consoleText'),
        ...own('/health/ready', 'health', 'healthText'),
        ...own('/metrics', 'metrics', 'metricsText'),
      ],
    },
  ];
  return groups.filter(({ links }) => links.length > 0);
}
