/** What a process is configured by. */
export type Environment = Readonly<Record<string, string | undefined>>;
