/** Where the code of each screen is: a screen is loaded when it is first shown. */
import type { ScreenPath } from './routes.ts';
import type { ScreenModule } from './screen.ts';

export const SCREENS: Readonly<Record<ScreenPath, () => Promise<ScreenModule>>> = {
  '/overview': () => import('./screens/overview/screen.ts'),
  '/sessions': () => import('./screens/sessions/screen.ts'),
  '/sessions/:id': () => import('./screens/sessions/one.ts'),
  '/passkeys': () => import('./screens/passkeys/screen.ts'),
  '/passkeys/:id': () => import('./screens/passkeys/one.ts'),
  '/clients': () => import('./screens/clients/screen.ts'),
  '/clients/:id': () => import('./screens/clients/one.ts'),
  '/clients/:id/edit': () => import('./screens/clients/form.ts'),
  '/onboard': () => import('./screens/clients/form.ts'),
  '/audit': () => import('./screens/audit/screen.ts'),
  '/operators': () => import('./screens/operators/screen.ts'),
  '/approvals': () => import('./screens/approvals/screen.ts'),
};
