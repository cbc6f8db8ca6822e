import { ConfigError } from '@hanok/service-kit';
import { invalidValue } from '../domain/errors.ts';
import { MAX_SAFE_AMOUNT } from '../domain/limits.ts';

/** The currency every game has; its balance is part of the player. */
export const GOLD = 'gold';

/** What a balance of a currency may be. */
export interface CurrencyRules {
  readonly name: string;
  /** At most 2^53 - 1. */
  readonly maxBalance: number;
  /** Whether players may owe it. */
  readonly mayBeNegative: boolean;
}

/** The currencies of a game, gold among them, by name. */
export type Currencies = ReadonlyMap<string, CurrencyRules>;

export const goldRules: CurrencyRules = { name: GOLD, maxBalance: MAX_SAFE_AMOUNT, mayBeNegative: false };

/** How a currency is declared in the settings: `gems`, `tickets:max=100`, `karma:negative`. */
export const CURRENCY_DECLARATION = '^[a-z][a-z0-9_]{0,30}(:max=[1-9][0-9]{0,15})?(:negative)?$';

/**
 * Reads the declarations of further currencies.
 *
 * @throws ConfigError for one that is declared twice, for gold, and for a maximum beyond 2^53 - 1.
 */
export function parseCurrencies(declarations: readonly string[]): Currencies {
  const currencies = new Map([[GOLD, goldRules]]);
  for (const declaration of declarations) {
    const [name = '', ...options] = declaration.split(':');
    const max = options.find((option) => option.startsWith('max='));
    const maxBalance = max === undefined ? MAX_SAFE_AMOUNT : Number(max.slice('max='.length));
    if (currencies.has(name)) throw new ConfigError([`CURRENCIES names ${name} twice; gold is always there`]);
    if (maxBalance > MAX_SAFE_AMOUNT) {
      throw new ConfigError([`CURRENCIES: the maximum of ${name} must be at most ${MAX_SAFE_AMOUNT}`]);
    }
    currencies.set(name, { name, maxBalance, mayBeNegative: options.includes('negative') });
  }
  return currencies;
}

/** The rules of a currency that somebody named. @throws DomainError `invalid_value`. */
export function requireCurrency(currencies: Currencies, name: string, field = 'currency'): CurrencyRules {
  const rules = currencies.get(name);
  if (rules !== undefined) return rules;
  throw invalidValue(field, 'enum', `must be one of ${[...currencies.keys()].join(', ')}`);
}

/** The rules of a currency that was named when it was declared; the strictest when it is no longer. */
export function rulesOf(currencies: Currencies, name: string): CurrencyRules {
  return currencies.get(name) ?? { ...goldRules, name };
}
