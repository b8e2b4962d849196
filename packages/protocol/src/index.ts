/** What the parties say to each other: every message, status, reason, error and lifetime on the wire. Pure; runs in a browser. */
export * from './accounts.ts';
export * from './authenticators.ts';
export * from './callback.ts';
export * from './ceremonies.ts';
export * from './clients.ts';
export * from './compliance.ts';
export * from './errors.ts';
export * from './fields.ts';
export * from './launch.ts';
export * from './lifetimes.ts';
export * from './outcomes.ts';
export * from './proof.ts';
export * from './security-codes.ts';
export * from './sessions.ts';
export * from './validation.ts';
