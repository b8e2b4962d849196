/** Points of the flow, found by letting it run once, and a trap that holds whoever comes by at some of them until something has died. */
import type { StatementGate } from './database-proxy.ts';
import type { AnswerGate } from './http-proxy.ts';

/** `session-insert, before PostgreSQL has it` | `session-insert, done and not known` | `POST /auth/passkeys/open, answered and not heard`. */
export interface Point {
  readonly name: string;
  /** Undefined of an answer. */
  readonly statement: string | undefined;
}

export interface Trap {
  readonly gateStatement: StatementGate;
  readonly gateAnswer: AnswerGate;
  /** What has come by until now, in the order of the first time, and how often. */
  passed(): ReadonlyMap<string, { readonly point: Point; readonly times: number }>;
  /** Holds whatever comes by at one of `points`. Resolves to those that hold somebody, shortly after the first does. */
  set(points: ReadonlySet<string>): Promise<readonly Point[]>;
  /** Holds nobody more. Who is held is cut off. */
  clear(): void;
}

/** So long others may still walk into a trap that has somebody: one kill is then one at each of their points. */
const GATHERING_MILLISECONDS = 150;

export function createTrap(): Trap {
  const passed = new Map<string, { point: Point; times: number }>();
  let armed: { readonly points: ReadonlySet<string>; readonly sprung: (points: readonly Point[]) => void } | undefined;
  const held = new Map<string, Point>();
  let cuts: (() => void)[] = [];
  const comeBy = (point: Point): Promise<void> | undefined => {
    const { times } = passed.get(point.name) ?? { times: 0 };
    passed.set(point.name, { point, times: times + 1 });
    if (armed === undefined || !armed.points.has(point.name)) return undefined;
    if (held.size === 0) {
      const { sprung } = armed;
      setTimeout(() => sprung([...held.values()]), GATHERING_MILLISECONDS);
    }
    held.set(point.name, point);
    return new Promise((_, reject) => cuts.push(() => reject(new Error('It stood at a point where something died.'))));
  };
  return {
    gateStatement: ({ name, at }) => {
      const where = at === 'BEFORE' ? 'before PostgreSQL has it' : 'done and not known';
      return comeBy({ name: `${name}, ${where}`, statement: name });
    },
    gateAnswer: ({ route }) => comeBy({ name: `${route}, answered and not heard`, statement: undefined }),
    passed: () => passed,
    set: (points) =>
      new Promise((resolve) => {
        armed = { points, sprung: resolve };
      }),
    clear: () => {
      armed = undefined;
      held.clear();
      for (const cut of cuts) cut();
      cuts = [];
    },
  };
}
