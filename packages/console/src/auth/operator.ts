/** A viewer sees everything and changes nothing. */
export type Role = 'viewer' | 'operator';

/** Who uses the console. */
export interface Operator {
  /** The name given at sign-in, `api` for a bearer, `local` where no token is asked for. */
  readonly name: string;
  readonly role: Role;
}

/** Whether someone of a role may do what needs another. */
export function mayAct(role: Role, needed: Role): boolean {
  return role === 'operator' || needed === 'viewer';
}
