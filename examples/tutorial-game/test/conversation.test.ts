import { describe, expect, it } from 'vitest';
import { Conversation } from '../src/conversation.ts';
import { Round } from '../src/round.ts';
import type { Table } from '../src/table.ts';

const table = {
  sit: async (name: string) => ({ name, score: async () => 1 }),
  top: async () => [] as string[],
} as unknown as Table;

describe('a conversation', () => {
  it('lets a player find the number, and thinks of another', async () => {
    const numbers = [0.41, 0];
    const talk = new Conversation(table, () => numbers.shift() ?? 0);
    expect(await talk.hear('guess 5')).toBe('who are you? say hello first');
    expect(await talk.hear('hello hong device-1')).toContain('welcome hong');
    expect(await talk.hear('guess 20')).toBe('higher');
    expect(await talk.hear('guess 50')).toBe('lower');
    expect(await talk.hear('guess many')).toContain('a whole number');
    expect(await talk.hear('guess 42')).toBe('found in 3: 8 points, you are number 1');
    expect(await talk.hear('guess 1')).toBe('found in 1: 10 points, you are number 1');
    expect(await talk.hear('top')).toBe('nobody has played yet');
    expect(await talk.hear('dance')).toMatch(/^say:/);
    expect(await talk.hear('bye')).toBeUndefined();
  });

  it('gives at least one point', () => {
    const round = new Round(100);
    for (let number = 1; number <= 30; number++) round.guess(number);
    expect(round.score).toBe(1);
  });
});
