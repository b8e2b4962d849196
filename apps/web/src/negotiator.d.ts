/** negotiator 1 ships no types; this is the part that is used. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string>> });
    /** The ranges of Accept-Language that are wanted at all, most wanted first. */
    languages(): string[];
  }
}
