import { CoordinationError } from '@hanok/cluster';
import { Problem, problems } from '@hanok/service-kit';

/** Turns the errors of coordination into problems; one place for all routes. */
export function toProblem(error: unknown): Problem | undefined {
  if (!(error instanceof CoordinationError)) return undefined;
  const options = { detail: sentence(error.message), cause: error };
  switch (error.code) {
    case 'no-leader':
    case 'not-leader':
      return new Problem(503, 'no_leader', 'No leader can take this now', {
        ...options,
        retryAfterSeconds: 1,
      });
    case 'outcome-unknown':
      return new Problem(503, 'outcome_unknown', 'It may or may not have been done; it is safe to repeat', {
        ...options,
        retryAfterSeconds: 1,
      });
    case 'overloaded':
      return problems.tooManyRequests({ ...options, retryAfterSeconds: 1 });
    case 'conflict':
      return problems.conflict(options);
    case 'not-found':
      return problems.notFound(options);
    case 'bad-request':
      return problems.unprocessable(options);
    default:
      return problems.unavailable({ ...options, retryAfterSeconds: 1 });
  }
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
