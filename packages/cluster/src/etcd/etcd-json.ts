import { EtcdError } from './etcd-error.ts';

/** What the gateway answers: 64-bit integers are texts, bytes are base64, and fields of zero are left out. */
export type EtcdObject = Readonly<Record<string, unknown>>;

/** A key as etcd keeps it. */
export interface EtcdKey {
  readonly key: string;
  readonly value: string;
  /** Revision at which it was put after it had not been there: rises over all keys, so it serves as a token. */
  readonly createRevision: number;
  readonly modRevision: number;
  /** `0` without one. A text, because a lease's id takes all of 64 bits. */
  readonly lease: string;
}

export function encodeText(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The end of the range of all keys that start with the prefix, as etcd wants it. */
export function prefixEnd(prefix: string): string {
  const bytes = Buffer.from(prefix);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes.toString('base64');
}

/** @throws EtcdError when it is no object. */
export function objectOf(value: unknown): EtcdObject {
  if (!isObject(value)) throw new EtcdError('etcd answered something that is not an object', null);
  return value;
}

/** The object in a field; an empty one when it is left out. */
export function childOf(object: EtcdObject, field: string): EtcdObject {
  return object[field] === undefined ? {} : objectOf(object[field]);
}

/** The objects in a list; none when it is left out. */
export function childrenOf(object: EtcdObject, field: string): EtcdObject[] {
  const list = object[field];
  return Array.isArray(list) ? list.map(objectOf) : [];
}

/** A 64-bit integer that fits 53; 0 when it is left out. @throws EtcdError */
export function integerOf(object: EtcdObject, field: string): number {
  const value = Number(object[field] ?? 0);
  if (!Number.isSafeInteger(value)) throw new EtcdError(`etcd answered an unusable ${field}`, null);
  return value;
}

/** A 64-bit integer as its digits; `0` when it is left out. */
export function digitsOf(object: EtcdObject, field: string): string {
  const value = object[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '0';
}

export function keyOf(object: EtcdObject): EtcdKey {
  return {
    key: decodeText(object['key']),
    value: decodeText(object['value']),
    createRevision: integerOf(object, 'create_revision'),
    modRevision: integerOf(object, 'mod_revision'),
    lease: digitsOf(object, 'lease'),
  };
}

/** The store's revision when it answered. */
export function revisionOf(answer: EtcdObject): number {
  return integerOf(childOf(answer, 'header'), 'revision');
}

function decodeText(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString() : '';
}

function isObject(value: unknown): value is EtcdObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
