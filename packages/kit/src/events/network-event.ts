/** An event of the network (contract §16): read from outside, and passed to the host's handler for its type. */
import {
  compileSchema,
  EVENT_DATA,
  EVENT_TYPES,
  EventEnvelope,
  type EventType,
  type NetworkEvent,
} from '@payment-passkeys/protocol';
import type { Rule } from '../options/rules.ts';

const envelope = compileSchema(EventEnvelope);
const dataOf = new Map(EVENT_TYPES.map((type) => [type, compileSchema(EVENT_DATA[type])]));

/** The event of one type. */
export type EventOf<Type extends EventType> = Extract<NetworkEvent, { readonly type: Type }>;

/**
 * The host's handlers, one for each type that it wants. If a handler throws, the same event comes again. A handled event may come again too,
 * because a process can end after the handler and before the record: a handler must be safe to repeat.
 */
export type EventHandlers = {
  readonly [Type in EventType]?: (event: EventOf<Type>) => Promise<void> | void;
} & {
  /** For every other event, also of types that this version of the kit does not know. Without this handler they are acknowledged. */
  readonly otherwise?: (event: EventEnvelope) => Promise<void> | void;
};

export type EventReading =
  | { readonly ok: true; readonly event: EventEnvelope }
  /** The fields that are wrong, without their values. */
  | { readonly ok: false; readonly problem: string };

/** Reads an event. `data` is checked if the type is known; an unknown type is not an error. */
export function readEvent(value: unknown): EventReading {
  if (!envelope.accepts(value)) return { ok: false, problem: describe(envelope.violations(value)) };
  const data = dataOf.get(value.type as EventType)?.violations(value.data) ?? [];
  if (data.length > 0) return { ok: false, problem: `${value.type}: ${describe(data, '/data')}` };
  return { ok: true, event: value };
}

function describe(violations: readonly { readonly pointer: string; readonly problem: string }[], prefix = ''): string {
  return violations.map(({ pointer, problem }) => `${prefix}${pointer} ${problem}`).join('; ');
}

/** Awaits the host's handler. Rejects with the handler's own error. `event` is one that {@link readEvent} accepted. */
export async function dispatchEvent(handlers: EventHandlers, event: EventEnvelope): Promise<void> {
  const { otherwise } = handlers;
  // readEvent has checked that `data` is of the type, which the compiler cannot follow.
  const handler = isKnown(event.type) && (handlers[event.type] as ((event: EventEnvelope) => unknown) | undefined);
  await (handler || otherwise)?.(event);
}

function isKnown(type: string): type is EventType {
  return dataOf.has(type as EventType);
}

/** An object of functions whose names are types of events or `otherwise`. */
export const someHandlers: Rule = (value, name) => {
  if (typeof value !== 'object' || value === null) return [`${name} must be an object with a function for each type`];
  return Object.entries(value).flatMap(([type, handler]) => {
    if (!isKnown(type) && type !== 'otherwise')
      return [`${name} must name types of events or otherwise, and not ${type}`];
    return typeof handler === 'function' || handler === undefined ? [] : [`${name}['${type}'] must be a function`];
  });
};
