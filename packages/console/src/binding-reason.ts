import { find } from './texts.ts';

/** The reason of a suspension, a resumption or a deletion, in words; a code without words is shown as it is. */
export function reasonWords(code: string): string {
  return find(`reason.${code}`) ?? code;
}
