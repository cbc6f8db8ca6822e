import type { OpenedApp } from './open-app.ts';

/** Sends a request as JSON and reads the answer as JSON. */
export async function call(
  { server }: OpenedApp,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
  headers = {},
) {
  const answer = await server.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? undefined : answer.json<unknown>(),
  };
}
