/** The filters above the list of sessions. */
import { REASONS } from '@payment-passkeys/protocol';
import {
  BROWSER_FAMILIES,
  type ClientSummary,
  FUNNEL_STEPS,
  SESSION_KINDS,
  SESSION_OUTCOMES,
} from '@payment-passkeys/protocol/console';
import { html, type TemplateResult } from 'lit';
import { byName } from '../../language.ts';
import { type Choice, selectField } from '../../parts/fields.ts';
import type { ScreenContext } from '../../screen.ts';
import { listFilters } from '../../search/list-filters.ts';
import type { Filters } from './filters.ts';
import { find, say } from './texts.ts';
import { outcomeWords, reasonWords } from './words.ts';

interface FilterBar {
  readonly given: Filters;
  readonly clients: readonly Pick<ClientSummary, 'clientId' | 'name'>[];
  readonly navigation: ScreenContext['navigation'];
}

export function filterBar({ given, clients, navigation }: FilterBar): TemplateResult {
  const select = (name: keyof Filters, label: string, choices: readonly Choice[]) =>
    selectField({ name, label, value: given[name] ?? '', choices: [{ value: '', label: say('any') }, ...choices] });
  return listFilters({
    label: say('filters'),
    path: '/sessions',
    navigation,
    given,
    times: { from: say('filterFrom'), to: say('filterTo') },
    fields: html`${select('clientId', say('filterClient'), clientChoices(clients, given.clientId))}
      ${select('kind', say('filterKind'), named(SESSION_KINDS, 'kind'))}
      ${select(
        'outcome',
        say('filterOutcome'),
        SESSION_OUTCOMES.map((value) => ({ value, label: outcomeWords(value) })),
      )}
      ${select(
        'reason',
        say('filterReason'),
        REASONS.map((value) => ({ value, label: reasonWords(value) ?? value })),
      )}
      ${select(
        'browserFamily',
        say('filterBrowser'),
        BROWSER_FAMILIES.map((value) => ({ value, label: value })),
      )}
      ${select('step', say('filterStep'), named(FUNNEL_STEPS, 'step'))}`,
  });
}

function named(values: readonly string[], prefix: string): readonly Choice[] {
  return values.map((value) => ({ value, label: find(`${prefix}.${value}`) ?? value }));
}

/** A client of the address that is not in the list (yet) is shown by its id. */
function clientChoices(clients: FilterBar['clients'], chosen: string | undefined): readonly Choice[] {
  const choices = byName(clients).map(({ clientId, name }) => ({ value: clientId, label: name }));
  const known = chosen === undefined || clients.some(({ clientId }) => clientId === chosen);
  return known ? choices : [...choices, { value: chosen, label: chosen }];
}
