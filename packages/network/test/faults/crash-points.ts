/** The points of the flow at which the crash matrix kills: it finds them during a run, and holds requests at those that are chosen. */
import type { StatementGate } from './database-proxy.ts';
import type { AnswerGate } from './http-proxy.ts';

/** `session-insert, before PostgreSQL has it` | `session-insert, done and not known` | `POST /auth/passkeys/open, answered and not heard`. */
export interface Point {
  readonly name: string;
  /** Undefined for an answer. */
  readonly statement: string | undefined;
}

export interface CrashPoints {
  readonly gateStatement: StatementGate;
  readonly gateAnswer: AnswerGate;
  /** The points seen so far, in the order of their first time, and how often. */
  passed(): ReadonlyMap<string, { readonly point: Point; readonly times: number }>;
  /** Holds every request at one of `points`. Resolves, shortly after the first, to the points that hold a request. */
  holdAt(points: ReadonlySet<string>): Promise<readonly Point[]>;
  /** Stops holding requests. Those that are held fail. */
  release(): void;
}

/** The time in which other requests may still reach their points, so that one kill counts for all of them. */
const GATHERING_MILLISECONDS = 150;

export function createCrashPoints(): CrashPoints {
  const passed = new Map<string, { point: Point; times: number }>();
  let armed: { readonly points: ReadonlySet<string>; readonly hit: (points: readonly Point[]) => void } | undefined;
  const held = new Map<string, Point>();
  let cuts: (() => void)[] = [];
  const reach = (point: Point): Promise<void> | undefined => {
    const { times } = passed.get(point.name) ?? { times: 0 };
    passed.set(point.name, { point, times: times + 1 });
    if (armed === undefined || !armed.points.has(point.name)) return undefined;
    if (held.size === 0) {
      const { hit } = armed;
      setTimeout(() => hit([...held.values()]), GATHERING_MILLISECONDS);
    }
    held.set(point.name, point);
    return new Promise((_, reject) =>
      cuts.push(() => reject(new Error('The process was killed while this request was held.'))),
    );
  };
  return {
    gateStatement: ({ name, at }) => {
      const where = at === 'BEFORE' ? 'before PostgreSQL has it' : 'done and not known';
      return reach({ name: `${name}, ${where}`, statement: name });
    },
    gateAnswer: ({ route }) => reach({ name: `${route}, answered and not heard`, statement: undefined }),
    passed: () => passed,
    holdAt: (points) =>
      new Promise((resolve) => {
        armed = { points, hit: resolve };
      }),
    release: () => {
      armed = undefined;
      held.clear();
      for (const cut of cuts) cut();
      cuts = [];
    },
  };
}
