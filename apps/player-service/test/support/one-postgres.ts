import { startPostgres } from '@hanok/testkit';

/** One PostgreSQL for all test files: `startPostgres` in them finds it through the environment. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  process.env['HANOK_TEST_POSTGRES_URL'] = server.url;
  return () => server.stop();
}
