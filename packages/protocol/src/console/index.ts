/** The console's JSON API (contract §18), for its server and its pages: a file for each area. Pure; runs in a browser. */
export * from './approvals.ts';
export * from './audit.ts';
export * from './clients.ts';
export * from './closed-lists.ts';
export * from './operators.ts';
export * from './overview.ts';
export * from './pages.ts';
export * from './passkeys.ts';
export * from './session-texts.ts';
export * from './sessions.ts';
export * from './sign-in.ts';
