/** The error of every reader of the configuration. */

/** A setting that cannot be used. The message is the setting's name and the remedy; it never quotes a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly setting: string;

  /** `remedy` continues the sentence that begins with the setting: `has to be sandbox or production.` */
  constructor(setting: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(`${setting} ${remedy}`, options);
    this.setting = setting;
  }
}
