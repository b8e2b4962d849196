/** A value that a screen loads again and again, to show what happens while the operator looks at it. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { CallOptions } from '../api.ts';

/** Between two loads. */
const PAUSE_MILLISECONDS = 2000;

interface FollowerOptions<Value> {
  /** `key` names what is loaded; `last` is undefined at the first load. */
  readonly load: (key: string, last: Value | undefined, options: CallOptions) => Promise<Value>;
  /** Whether the value does not change any more, so that nothing is loaded after it. */
  readonly isFinal?: (value: Value) => boolean;
}

/**
 * Belongs to one screen. Only the first load counts as an act of the operator; the others do not extend the console session. Nothing more is loaded
 * while the page is hidden. Nothing more is loaded after a first load that failed either: the screen offers `again`.
 */
export class Follower<Value> implements ReactiveController {
  /** Undefined until the first answer. */
  value: Value | undefined;
  /** What went wrong at the last load. */
  problem: unknown;
  #key: string | undefined;
  #running: AbortController | undefined;
  readonly #host: ReactiveControllerHost & Element;
  readonly #options: FollowerOptions<Value>;

  constructor(host: ReactiveControllerHost & Element, options: FollowerOptions<Value>) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#start(undefined);
  }

  /** Call it in `willUpdate`. Another key begins anew; undefined stops. */
  follow(key: string | undefined): void {
    if (key !== this.#key && this.#host.isConnected) this.#start(key);
  }

  again(): void {
    this.#start(this.#key);
  }

  /** Shows what another call has answered. */
  set(value: Value): void {
    this.value = value;
    this.#host.requestUpdate();
  }

  #start(key: string | undefined): void {
    this.#running?.abort();
    this.#running = new AbortController();
    Object.assign(this, { value: undefined, problem: undefined });
    this.#key = key;
    this.#host.requestUpdate();
    if (key !== undefined) void this.#run(key, this.#running.signal);
  }

  async #run(key: string, signal: AbortSignal): Promise<void> {
    const { load, isFinal = () => false } = this.#options;
    while (!signal.aborted) {
      const last = this.value;
      if (last === undefined || document.visibilityState === 'visible') {
        const loaded = await load(key, last, { signal, background: last !== undefined }).then(
          (value) => ({ value, problem: undefined }),
          (problem: unknown) => ({ value: this.value, problem }),
        );
        if (signal.aborted) return;
        Object.assign(this, loaded);
        this.#host.requestUpdate();
        if (this.value === undefined || isFinal(this.value)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  }
}
