import type { FastifyInstance } from 'fastify';
import { problems, type FieldViolation } from '../problem.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads JSON bodies strictly: invalid UTF-8, a NUL or half a surrogate pair inside a string, and keys that
 * could reach `Object.prototype` are refused, because no database stores them the way they were sent.
 */
export function readJsonBodies(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request, bytes, done) => {
      let text: string;
      try {
        text = utf8.decode(bytes as Buffer);
      } catch {
        done(
          problems.malformedBody({
            detail: 'The body is not valid UTF-8',
            errors: [violation('encoding', 'must be valid UTF-8')],
          }),
        );
        return;
      }
      if (text.trim() === '') {
        done(
          problems.malformedBody({
            detail: 'The body is empty but its content type is JSON',
            errors: [violation('required', 'must be JSON')],
          }),
        );
        return;
      }
      void parseJson(request, text, (error, value: unknown) => {
        if (error) {
          done(
            problems.malformedBody({
              detail: `The body is not valid JSON: ${error.message}`,
              errors: [violation('json', 'must be valid JSON')],
            }),
          );
          return;
        }
        // Only an escape can bring in what the decoder would have refused.
        const bad = text.includes('\\u') ? findBadText(value, 'body') : undefined;
        if (bad) done(problems.malformedBody({ detail: `${bad.field} ${bad.message}`, errors: [bad] }));
        else done(null, value);
      });
    },
  );
}

function violation(rule: string, message: string): FieldViolation {
  return { field: 'body', rule, message };
}

/** The first string that holds a NUL or an unpaired surrogate. Depth is bounded by the body limit. */
function findBadText(root: unknown, rootField: string): FieldViolation | undefined {
  const pending: { value: unknown; field: string }[] = [{ value: root, field: rootField }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, field } = next;
    if (typeof value === 'string') {
      const message = badTextRule(value);
      if (message !== undefined) return { field, rule: 'text', message };
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        const message = badTextRule(key);
        if (message !== undefined) return { field, rule: 'text', message: `has a key that ${message}` };
        pending.push({ value: child, field: `${field}.${key}` });
      }
    }
  }
  return undefined;
}

function badTextRule(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain NUL characters';
  return text.isWellFormed() ? undefined : 'must not contain unpaired surrogates';
}
