// Tells Docker whether the service in this container is ready: exit code 0 or 1.
const port = process.env.PORT;
try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) });
  process.stdout.write(`${response.status} ${await response.text()}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`port ${port}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
