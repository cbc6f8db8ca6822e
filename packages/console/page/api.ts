/** A refusal, in the words of who refused. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
}

let onSignedOut: () => void = () => undefined;

/** What is done when the server does not know who we are any more. */
export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

/** What is only read is asked for again when it broke off: browsers do that when the machine changes its network. */
async function send(path: string, init: RequestInit & { readonly method: string }): Promise<Response> {
  const url = `./api/${path}`;
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.method !== 'GET') throw error;
    return fetch(url, init);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(path, {
    method,
    headers: {
      'x-hanok-console': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  if (response.status === 401 && path !== 'session') onSignedOut();
  throw new ApiError(response.status, problemText(text) ?? `${response.status} ${response.statusText}`);
}

function problemText(text: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(text) as ProblemBody;
    return detail ?? title;
  } catch {
    return undefined;
  }
}

export interface Session {
  readonly signedIn: boolean;
  readonly name: string | null;
  readonly role: 'viewer' | 'operator' | null;
  readonly canSignOut: boolean;
}

export const readSession = (): Promise<Session> => call('GET', 'session');
export const signIn = (token: string, name: string): Promise<unknown> =>
  call('POST', 'session', { token, name });
export const signOut = (): Promise<unknown> => call('DELETE', 'session');

/** Reads from a service; `any` instance will do. */
export function read<T>(service: string, id: string, path: string): Promise<T> {
  return call('GET', `read/${service}/${encodeURIComponent(id)}/${path}`);
}

/** Changes something; it is written to the audit log. */
export async function act<T>(name: string, body: object): Promise<T> {
  const { result } = await call<{ result: T }>('POST', `actions/${name}`, body);
  return result;
}

export const previewCampaign = <T>(body: object): Promise<T> => call('POST', 'campaign-preview', body);
export const readAudit = <T>(): Promise<T> => call('GET', 'audit?limit=200');
