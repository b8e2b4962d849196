import { connection } from 'next/server';
import { buildRegistration } from '../pages.mjs';
import { findSignedIn } from '../stand-in.mjs';

/** The screen is HTML of the server. The kit's element changes it in the browser, so React leaves it as it is. */
export default async function Page() {
  await connection();
  const html = await buildRegistration(findSignedIn().customerId);
  return <main suppressHydrationWarning dangerouslySetInnerHTML={{ __html: html }} />;
}
