/** The website parts that the reference bank and the reference shop share. */

export type { TextName } from '@payment-passkeys/protocol/texts';
export { type BackgroundJob, runInBackground } from './background.ts';
export type { FormFrame } from './form-frame.ts';
export { csrfField, formFrameOf } from './form-frame.ts';
export { healthRoutes } from './http/health.ts';
export { type ModuleScript, serveModuleScript } from './http/module-script.ts';
export { type Problem, type ProblemStatus, replyWithProblem } from './http/problems.ts';
export type { LogOptions } from './http/request-log.ts';
export { buildServer, CACHED, type ServerOptions } from './http/server.ts';
export { keepLanguage, type LanguageWishes, languageRoutes, readLanguageWishes } from './language/choice.ts';
export { type Language, openLanguages } from './language/languages.ts';
export { logDelivery } from './log-delivery.ts';
export { newSecret, sha256 } from './secret.ts';
export { hashPassword } from './sign-in/password.ts';
export { createPasswordCheck, PASSWORD_CHECK_LIMITS, type PasswordCheckLimits } from './sign-in/password-check.ts';
export { isRecognised, recogniseUsers } from './sign-in/recognise-users.ts';
export { type Credentials, type SignInAnswer, type SignInRoutes, signInPath, signInRoutes } from './sign-in/routes.ts';
export { createSessionStore, type SignedIn } from './sign-in/session.ts';
export { createSignInThrottle } from './sign-in/throttle.ts';
export { COOKIE_ATTRIBUTES, cookieName, type Site, sessionCookieName } from './site.ts';
