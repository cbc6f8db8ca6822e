/** A player as the API shows it; what bare servers answer with. */
export const samplePlayer = {
  id: '500',
  username: 'player-500',
  email: 'player-500@hanok.example',
  level: 1,
  experience: 0,
  gold: 1000,
  createdAt: '2026-01-01T00:00:00.000Z',
  lastLoginAt: null,
  version: 1,
};
