/** Times of a filter: in the address in UTC, in the form's field in the operator's time zone or in UTC. Pure. */

/** An RFC 3339 time in UTC; undefined if the text is no time. */
export function readTime(text: string | null): string | undefined {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** For an input of the type `datetime-local`: to the minute. `utc`: not in the operator's time zone. */
export function toField(iso: string | undefined, utc: boolean): string {
  if (iso === undefined) return '';
  const time = new Date(iso);
  const shift = utc ? 0 : time.getTimezoneOffset() * 60_000;
  return new Date(time.getTime() - shift).toISOString().slice(0, 16);
}

/** The reverse of {@link toField}. Undefined for an empty field. */
export function fromField(text: string | undefined, utc: boolean): string | undefined {
  return text ? readTime(utc ? `${text}Z` : text) : undefined;
}
