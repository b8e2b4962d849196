/** The JSON API of the operators' console: the messages between its server and its pages. */
export * from './approvals.ts';
export * from './audit.ts';
export * from './clients.ts';
export * from './overview.ts';
export * from './passkeys.ts';
export * from './session-texts.ts';
export * from './sessions.ts';
