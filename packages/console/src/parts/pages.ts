/** A list that the API answers in pages, `{ items, next? }`: it grows by a button. */
import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { say, sayCount } from '../texts.ts';
import { failed, waiting } from './states.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page, if there is one. */
  readonly next?: string | undefined;
}

/** Loads a page; `cursor` is undefined for the first one. */
export type LoadPage<Item> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;

/** Belongs to one screen. `start` begins again from the first page, as when a filter has changed. */
export class Pages<Item> implements ReactiveController {
  items: readonly Item[] = [];
  error: unknown;
  /** True until the first page is there. While a filter changes, the last items stay. */
  fresh = true;
  loading = false;
  #next: string | undefined;
  #load: LoadPage<Item> | undefined;
  #running: AbortController | undefined;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#running?.abort();
  }

  async start(load: LoadPage<Item>): Promise<void> {
    this.#load = load;
    this.#next = undefined;
    await this.#run(undefined);
  }

  async again(): Promise<void> {
    if (this.#load) await this.start(this.#load);
  }

  async #run(cursor: string | undefined): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    Object.assign(this, { loading: true, error: undefined });
    this.#host.requestUpdate();
    try {
      const page = await this.#load?.(cursor, running.signal);
      if (running.signal.aborted || !page) return;
      this.items = cursor === undefined ? page.items : [...this.items, ...page.items];
      this.#next = page.next;
      this.fresh = false;
    } catch (error) {
      if (running.signal.aborted) return;
      this.error = error;
    }
    this.loading = false;
    this.#host.requestUpdate();
  }

  /** `view` gets all items so far; `none` is shown when there are none. */
  render({
    view,
    none,
  }: {
    view: (items: readonly Item[]) => TemplateResult;
    none: () => TemplateResult;
  }): TemplateResult {
    if (this.error !== undefined && this.fresh) return failed(this.error, () => void this.again());
    if (this.fresh) return waiting(8);
    return html`<div class=${this.loading ? 'reloading' : ''} aria-busy=${this.loading}>
      ${this.items.length === 0 ? none() : html`${view(this.items)}${this.#pager()}`}
      ${this.error === undefined ? nothing : failed(this.error, () => void this.again())}
    </div>`;
  }

  #pager(): TemplateResult {
    const next = this.#next;
    const more = html`<button type="button" ?disabled=${this.loading} @click=${() => void this.#run(next)}>${say('more')}</button>`;
    return html`<div class="pager">
      <span>${sayCount(next === undefined ? 'all' : 'first', this.items.length)}</span>${next === undefined ? nothing : more}
    </div>`;
  }
}
