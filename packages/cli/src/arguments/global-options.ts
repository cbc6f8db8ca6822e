import type { OptionSpecs } from './option.ts';

/** Options that every command takes. */
export const globalOptions = {
  url: {
    kind: 'text',
    placeholder: 'URL',
    summary: 'coordinators of the stack, comma-separated (HANOK_URL)',
  },
  token: { kind: 'text', summary: "the stack's ADMIN_TOKEN; seen by others in ps, so rather HANOK_TOKEN" },
  'token-file': {
    kind: 'text',
    placeholder: 'FILE',
    summary: 'file that holds the token (HANOK_TOKEN_FILE)',
  },
  'ca-file': {
    kind: 'text',
    placeholder: 'FILE',
    summary: 'PEM file of an authority to trust, for HTTPS (HANOK_CA_FILE)',
  },
  stack: { kind: 'text', placeholder: 'NAME', summary: 'a stack of the config file (HANOK_STACK)' },
  config: { kind: 'text', placeholder: 'FILE', summary: 'config file (HANOK_CONFIG)' },
  'proxy-url': {
    kind: 'text',
    placeholder: 'URL',
    summary: 'lb-proxy admin, instead of the registry (HANOK_PROXY_URL)',
  },
  'player-url': { kind: 'text', placeholder: 'URL', summary: 'player-service, likewise (HANOK_PLAYER_URL)' },
  'cache-url': { kind: 'text', placeholder: 'URL', summary: 'cache-service, likewise (HANOK_CACHE_URL)' },
  timeout: { kind: 'duration', min: 1, max: 600_000, summary: 'longest a call may take (default 5s)' },
  json: { kind: 'flag', summary: 'print JSON: one document, errors too' },
  yes: { kind: 'flag', summary: 'do not ask before a change' },
  help: { kind: 'flag', summary: 'this text' },
  version: { kind: 'flag', summary: 'the version' },
} as const satisfies OptionSpecs;

export type GlobalOptions = typeof globalOptions;
