/**
 * One segment of a path: percent-encoded, so that an id with a slash or a question mark stays one.
 *
 * @throws TypeError for values no encoding can carry: an empty one, and `.` and `..`, which URLs resolve away.
 */
export function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new TypeError(`an id or name in a path must not be "${value}"`);
  }
  if (!value.isWellFormed()) throw new TypeError('an id or name in a path must be well-formed Unicode');
  return encodeURIComponent(value);
}
