/** The reference program: seventeen countries, twelve of them eligible, and ten languages. A bank merges a file of its own into it. */
import type { Catalogue } from './catalogue.ts';
import ar from './reference/ar.json' with { type: 'json' };
import de from './reference/de.json' with { type: 'json' };
import en from './reference/en.json' with { type: 'json' };
import es from './reference/es.json' with { type: 'json' };
import fr from './reference/fr.json' with { type: 'json' };
import hi from './reference/hi.json' with { type: 'json' };
import id from './reference/id.json' with { type: 'json' };
import index from './reference/index.json' with { type: 'json' };
import ja from './reference/ja.json' with { type: 'json' };
import pt from './reference/pt.json' with { type: 'json' };
import zh from './reference/zh.json' with { type: 'json' };

/** Its type is what JSON shows of itself; a test holds it to the schema. */
export const REFERENCE_CATALOGUE = { index, languages: { en, es, pt, fr, de, ja, zh, ar, hi, id } } as Catalogue;
