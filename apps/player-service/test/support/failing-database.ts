import type { Database } from '@hanok/repository';

/** The same database, but its process dies before the transaction that comes after `count` others. */
export function failingAfter(database: Database, count: number): Database {
  let left = count;
  return new Proxy(database, {
    get(target, name) {
      if (name !== 'transaction') {
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      }
      return (...args: Parameters<Database['transaction']>) => {
        left -= 1;
        return left < 0 ? Promise.reject(new Error('the test pulled the plug')) : target.transaction(...args);
      };
    },
  });
}
