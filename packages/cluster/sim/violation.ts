/** A promise of the protocol that was broken. */
export class Violation extends Error {
  readonly rule: string;
  override name = 'Violation';

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}
