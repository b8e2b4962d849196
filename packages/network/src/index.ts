/** The network as a part of another program: the demo, a test, a bench. The command line is main.ts. */
export { RegistrationError, readRegistration } from './domain/clients/registration.ts';
export { saveClient } from './domain/clients/store.ts';
export { inviteFirstOperator } from './domain/operators/invitations.ts';
export { type Config, readConfig } from './platform/config/config.ts';
export { ConfigError } from './platform/config/config-error.ts';
export type { TracingSettings } from './platform/config/tracing-settings.ts';
export { openTracerProvider } from './platform/telemetry/open-tracing.ts';
export { prepareDrain } from './process/draining.ts';
export { endWithLauncher } from './process/end-with-launcher.mjs';
export { assertPortsFree } from './process/ports.ts';
export { type RunningNetwork, type StartOptions, startNetwork } from './process/start.ts';
