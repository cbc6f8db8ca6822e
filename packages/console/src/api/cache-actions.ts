import { Type } from 'typebox';
import { askService } from './ask-service.ts';
import { defineAction } from './action.ts';

/** What can be changed of the caches. */
export const cacheActions = [
  defineAction({
    name: 'cache.invalidate',
    body: Type.Object(
      { pattern: Type.String({ pattern: '^player:[A-Za-z0-9_.:{}*?-]{0,240}$' }) },
      { additionalProperties: false },
    ),
    target: ({ pattern }) => pattern,
    before: () => Promise.resolve(null),
    run: async (context, { pattern }) => {
      const call = { method: 'POST', path: '/v1/invalidations', body: { pattern } } as const;
      return { after: await askService(context, { service: 'cache-service', id: 'any' }, call) };
    },
  }),
];
