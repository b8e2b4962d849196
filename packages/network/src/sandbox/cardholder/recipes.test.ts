/** Everything that the recipes for CI name exists. docs/test-your-integration.md has them: `npm run included-code` takes them from examples/. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = new URL('../../../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const FOLDER = 'examples/continuous-integration';

interface Job {
  readonly database: string;
  readonly password: string;
  readonly lines: readonly string[];
}

/** Only the parts that the test reads. */
function readGitHub(): Job {
  const { jobs } = parse(read(`${FOLDER}/github-actions.yml`));
  const { env, services, steps } = jobs.passkeys;
  const lines = steps.map(({ run = '' }: { readonly run?: string }) => run);
  return { database: env.DATABASE_URL, password: services.postgres.env.POSTGRES_PASSWORD, lines };
}

function readGitLab(): Job {
  const { variables, script } = parse(read(`${FOLDER}/gitlab-ci.yml`)).passkeys;
  return { database: variables.DATABASE_URL, password: variables.POSTGRES_PASSWORD, lines: script };
}

test.each([
  ['GitHub Actions', readGitHub(), '127.0.0.1'],
  ['GitLab', readGitLab(), 'postgres'],
])('the job of %s names the database of its service, and runs the files of the page', (_, job, host) => {
  const { username, password, hostname, port } = new URL(job.database);
  expect({ username, password, hostname, port }).toEqual({
    username: 'postgres',
    password: job.password,
    hostname: host,
    port: '5432',
  });
  for (const line of ['sh ci/start-network.sh ci/registration.json', 'node --test ci/passkeys.test.mjs'])
    expect(job.lines.join('\n')).toContain(line);
});
