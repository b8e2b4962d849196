/** negotiator 1 has no types; this is the part that is used. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string>> });
    /** The ranges of Accept-Language that are acceptable, most preferred first. */
    languages(): string[];
  }
}
