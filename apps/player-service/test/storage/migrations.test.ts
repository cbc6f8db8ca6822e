import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { migrations } from '../../src/storage/migrations.ts';

describe('migrations', () => {
  it('never change once they were released: add the next one, and its line here', () => {
    const released = migrations.map(({ number, name, steps }) => {
      const digest = createHash('sha256').update(JSON.stringify(steps)).digest('hex').slice(0, 12);
      return `${number} ${name} ${digest}`;
    });
    expect(released).toMatchInlineSnapshot(`
      [
        "1 create-players 90a1d3957241",
        "2 create-ledger e981c53eafb5",
        "3 create-game-log 2d98261b6256",
        "4 create-idempotency-keys 07009d8a3af5",
        "5 create-pending-invalidations 00703b566cdd",
        "6 create-player-data b2752a20a100",
        "7 create-rewards a5627756e117",
        "8 create-api-keys 96d0e810c014",
        "9 create-refresh-tokens 582cc9baa1aa",
        "10 create-webhooks b6076016948c",
        "11 create-balances 33841e96dfd3",
        "12 create-devices 75f428f9832f",
        "13 add-reward-conditions a7120d7b0a99",
        "14 index-deletions-alone 56a15e5ff92c",
        "15 index-levels-alone 1c654ad57b04",
      ]
    `);
  });
});
