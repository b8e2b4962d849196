/** What Vite (in tests) and rolldown (in the build) put in place of a call: a function for each file that imports it. */
interface ImportMeta {
  glob<Member>(
    patterns: readonly string[],
    options: { readonly import: string },
  ): Readonly<Record<string, () => Promise<Member>>>;
}
