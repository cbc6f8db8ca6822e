import { invalidValue } from '../domain/errors.ts';
import {
  GOLD,
  goldRules,
  requireCurrency,
  type Currencies,
  type CurrencyRules,
} from '../ledger/currencies.ts';
import type { RewardBody } from './reward-schemas.ts';

/** What a reward gives to each player. */
export interface Gift {
  readonly rules: CurrencyRules;
  readonly amount: number;
}

/** @throws DomainError `invalid_value` unless either `gold` or `currency` with `amount` is given. */
export function parseGift({ gold, currency, amount }: RewardBody, currencies: Currencies): Gift {
  if (gold !== undefined) {
    if (amount !== undefined) throw invalidValue('amount', 'oneOf', 'cannot be combined with gold');
    if ((currency ?? GOLD) !== GOLD) throw invalidValue('currency', 'oneOf', 'cannot be combined with gold');
    return { rules: goldRules, amount: gold };
  }
  if (amount === undefined) throw invalidValue('gold', 'required', 'is required, or currency with amount');
  return { rules: requireCurrency(currencies, currency ?? GOLD), amount };
}

/** A gift as the API shows it. */
export function shownGift(currency: string, amount: number, totalAmount: number) {
  const isGold = currency === GOLD;
  return { currency, amount, totalAmount, gold: isGold ? amount : 0, totalGold: isGold ? totalAmount : 0 };
}
