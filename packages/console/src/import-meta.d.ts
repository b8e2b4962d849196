/** The replacement that Vite (in tests) and rolldown (in the build) insert for a call: for each file, a function that imports it. */
interface ImportMeta {
  glob<Member>(
    patterns: readonly string[],
    options: { readonly import: string },
  ): Readonly<Record<string, () => Promise<Member>>>;
}
