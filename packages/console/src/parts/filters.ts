/** The row of filters above a list. Filters are in the address, so that a view can be linked; what is secret is never a filter. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Navigation } from '../navigation.ts';
import { withQuery } from '../router.ts';
import { say } from '../texts.ts';
import { readForm } from './fields.ts';

export interface FilterOptions {
  /** What is filtered, for screen readers. */
  readonly label: string;
  /** The screen's path. */
  readonly path: string;
  readonly navigation: Pick<Navigation, 'replace'>;
  /** Fields of fields.ts, named as the parameters of the address. A select filters at once, a text with Enter. */
  readonly fields: TemplateResult;
  /** Whether a filter is set. */
  readonly active: boolean;
  /** All fields are selects, so there is nothing to apply. */
  readonly instant?: boolean;
  /** The values before they become the address, such as a local time that becomes UTC. */
  readonly map?: (values: Readonly<Record<string, string>>) => Readonly<Record<string, string | undefined>>;
}

export function filters({
  label,
  path,
  navigation,
  fields,
  active,
  instant = false,
  map = (values) => values,
}: FilterOptions): TemplateResult {
  const apply = (form: HTMLFormElement) => navigation.replace(withQuery(path, map(readForm(form))));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    apply(event.currentTarget as HTMLFormElement); // the listener's own form
  };
  const change = (event: Event) => {
    if (event.target instanceof HTMLSelectElement) apply(event.currentTarget as HTMLFormElement); // as above
  };
  return html`<form class="filters" role="search" aria-label=${label} @submit=${submit} @change=${change}>
    ${fields}
    ${
      instant && !active
        ? nothing
        : html`<div class="buttons">
            ${instant ? nothing : html`<button type="submit">${say('apply')}</button>`}
            ${active ? html`<a class="button" href=${path}>${say('clear')}</a>` : nothing}
          </div>`
    }
  </form>`;
}
