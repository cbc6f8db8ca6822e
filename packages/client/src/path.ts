/**
 * Builds a path from a template, percent-encoding what is put in, so that an id with a slash or a question mark
 * stays one segment.
 *
 * @throws TypeError for values no encoding can carry: an empty segment, and `.` and `..`, which URLs resolve away.
 */
export function path(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return strings.reduce((text, part, index) => text + segment(values[index - 1] ?? '') + part);
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new TypeError(`an id or name in a path must not be "${value}"`);
  }
  if (!value.isWellFormed()) throw new TypeError('an id or name in a path must be well-formed Unicode');
  return encodeURIComponent(value);
}
