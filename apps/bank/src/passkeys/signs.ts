/** The signs above the heading of an outcome. */

export const GOOD = `<svg class="sign good" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="m15 24.5 6.2 6.2L33.5 18"/></svg>`;
export const BAD = `<svg class="sign bad" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="M24 14v13M24 33.4v.2"/></svg>`;
/** For a customer who cancelled: nothing went wrong. */
export const BACK = `<svg class="sign back-sign" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="23"/><path d="M19.5 16 13 22.500l6.500 6.500M13.500 22.500H29a5 5 0 0 1 0 10h-4"/></svg>`;
