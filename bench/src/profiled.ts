/**
 * Preloaded (`node --import`) to profile a part of a server's run: the first SIGUSR2 starts V8's profiler, the second one stops it and writes
 * PROFILE_FILE.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const { PROFILE_FILE = '' } = process.env;
const session = new Session();
session.connect();
session.post('Profiler.enable');
process.once('SIGUSR2', () => {
  session.post('Profiler.start');
  process.once('SIGUSR2', () =>
    session.post('Profiler.stop', (error, { profile }) => {
      if (error) throw error;
      writeFileSync(`${PROFILE_FILE}.unfinished`, JSON.stringify(profile));
      renameSync(`${PROFILE_FILE}.unfinished`, PROFILE_FILE);
    }),
  );
});
