/** The addresses of the console's pages. The server answers each with the same document; an address that is not here is answered with 404. */
export const CONSOLE_PAGES = [
  '/',
  '/sign-in',
  '/invitation',
  '/overview',
  '/sessions',
  '/sessions/:id',
  '/passkeys',
  '/passkeys/:id',
  '/clients',
  '/clients/:id',
  '/clients/:id/edit',
  '/onboard',
  '/audit',
  '/operators',
  '/approvals',
] as const;

/** Like {@link CONSOLE_PAGES}, in sandbox mode only. */
export const SANDBOX_PAGES = [
  '/sandbox',
  '/sandbox/values',
  '/sandbox/tools',
  '/sandbox/examinations',
  '/sandbox/examinations/:id',
] as const;
