/** The network as a part of another program: the demo, a test, a bench. Its command line is main.ts. */
export { RegistrationError, readRegistration } from './clients/registration.ts';
export { saveClient } from './clients/store.ts';
export { type Config, ConfigError, readConfig } from './config.ts';
export { prepareDrain } from './draining.ts';
export { endWithLauncher } from './end-with-launcher.mjs';
export { assertPortsFree } from './ports.ts';
export { type RunningNetwork, type StartOptions, startNetwork } from './start.ts';
export { openTracerProvider } from './tracing/open-tracing.ts';
export type { TracingSettings } from './tracing/settings.ts';
