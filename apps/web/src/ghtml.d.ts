/** ghtml 4 has no types. `${value}` is escaped; `!${value}` is not, and is only for HTML from another `html`. */
declare module 'ghtml' {
  export type HtmlValue = string | number | null | undefined | readonly string[];
  export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): string;
}
