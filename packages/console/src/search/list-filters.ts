/** The filters of a list: those of its screen, and a time. On a narrow screen they are folded until one is set. */
import { html, type TemplateResult } from 'lit';
import { textField } from '../parts/fields.ts';
import { type FilterOptions, filters } from '../parts/filters.ts';
import { showsUtc } from '../parts/time.ts';
import { say, sayCount } from './texts.ts';
import { fromField, toField } from './times.ts';

interface ListFilters extends Pick<FilterOptions, 'label' | 'path' | 'navigation' | 'fields'> {
  /** The filters that are set. */
  readonly given: Readonly<Record<string, string | undefined>> & { readonly from?: string; readonly to?: string };
  readonly times: { readonly from: string; readonly to: string };
}

export function listFilters({ given, times, fields, ...options }: ListFilters): TemplateResult {
  const count = Object.keys(given).length;
  const open = count > 0 || matchMedia('(min-width: 60rem)').matches;
  const utc = showsUtc();
  const time = (name: 'from' | 'to') =>
    textField({ name, label: times[name], type: 'datetime-local', value: toField(given[name], utc) });
  return html`<details class="fold" ?open=${open}>
    <summary>${count === 0 ? say('filters') : sayCount('filtersSet', count)}</summary>
    ${filters({
      ...options,
      active: count > 0,
      map: (values) => ({ ...values, from: fromField(values.from, utc), to: fromField(values.to, utc) }),
      fields: html`${fields} ${time('from')} ${time('to')}`,
    })}
  </details>`;
}
