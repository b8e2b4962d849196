/** The filters above the list of sessions. On a narrow screen they are folded. */
import { REASONS } from '@payment-passkeys/protocol';
import {
  BROWSER_FAMILIES,
  type ClientSummary,
  FUNNEL_STEPS,
  SESSION_KINDS,
  SESSION_OUTCOMES,
} from '@payment-passkeys/protocol/console';
import { html, type TemplateResult } from 'lit';
import { type Choice, selectField, textField } from '../../parts/fields.ts';
import { filters } from '../../parts/filters.ts';
import { showsUtc } from '../../parts/time.ts';
import type { ScreenContext } from '../../screen.ts';
import { folded } from '../../search/fold.ts';
import { fromField, toField } from '../../search/times.ts';
import type { Filters } from './filters.ts';
import { find, say } from './texts.ts';
import { outcomeWords } from './words.ts';

interface FilterBar {
  readonly given: Filters;
  readonly clients: readonly Pick<ClientSummary, 'clientId' | 'name'>[];
  readonly navigation: ScreenContext['navigation'];
}

export function filterBar({ given, clients, navigation }: FilterBar): TemplateResult {
  const count = Object.keys(given).length;
  const utc = showsUtc();
  const select = (name: keyof Filters, label: string, choices: readonly Choice[]) =>
    selectField({ name, label, value: given[name] ?? '', choices: [{ value: '', label: say('any') }, ...choices] });
  const time = (name: 'from' | 'to', label: string) =>
    textField({ name, label, type: 'datetime-local', value: toField(given[name], utc) });
  return folded(
    filters({
      label: say('filters'),
      path: '/sessions',
      navigation,
      active: count > 0,
      map: (values) => ({ ...values, from: fromField(values.from, utc), to: fromField(values.to, utc) }),
      fields: html`${select('clientId', say('filterClient'), clientChoices(clients, given.clientId))}
        ${select('kind', say('filterKind'), named(SESSION_KINDS, 'kind'))}
        ${select(
          'outcome',
          say('filterOutcome'),
          SESSION_OUTCOMES.map((value) => ({ value, label: outcomeWords(value) })),
        )}
        ${select('reason', say('filterReason'), named(REASONS, 'reason').map(capitalised))}
        ${select(
          'browserFamily',
          say('filterBrowser'),
          BROWSER_FAMILIES.map((value) => ({ value, label: value })),
        )}
        ${select('step', say('filterStep'), named(FUNNEL_STEPS, 'step'))}
        ${time('from', say('filterFrom'))} ${time('to', say('filterTo'))}`,
    }),
    count,
  );
}

function named(values: readonly string[], prefix: string): readonly Choice[] {
  return values.map((value) => ({ value, label: find(`${prefix}.${value}`) ?? value }));
}

function capitalised({ value, label }: Choice): Choice {
  return { value, label: label.charAt(0).toLocaleUpperCase() + label.slice(1) };
}

/** A client of the address that is not in the list (yet) is shown by its id. */
function clientChoices(clients: FilterBar['clients'], chosen: string | undefined): readonly Choice[] {
  const choices = clients.map(({ clientId, name }) => ({ value: clientId, label: name }));
  const known = chosen === undefined || clients.some(({ clientId }) => clientId === chosen);
  return known ? choices : [...choices, { value: chosen, label: chosen }];
}
