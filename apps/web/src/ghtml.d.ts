/** ghtml 4 ships no types. `${value}` is escaped; `!${value}` is not, and is for the HTML that another `html` has made. */
declare module 'ghtml' {
  export type HtmlValue = string | number | null | undefined | readonly string[];
  export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): string;
}
