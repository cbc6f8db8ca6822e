/** The work that both sides of the service-kit comparison do: one validated parameter, a small JSON answer. */
export function greeting(name: string) {
  return { id: '1', text: `Hello, ${name}`, level: 1, gold: 100, createdAt: '2026-01-01T00:00:00.000Z' };
}
