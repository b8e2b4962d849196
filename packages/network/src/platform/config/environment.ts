/** The environment variables that configure a process. */
export type Environment = Readonly<Record<string, string | undefined>>;
