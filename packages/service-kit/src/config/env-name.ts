/** The environment variable of a setting: `shutdownDeadlineMs` is read from `SHUTDOWN_DEADLINE_MS`. */
export function envName(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
