/**
 * Where an error comes from, for a log: its class and call sites, without its text, which may quote a message.
 * @returns at most six lines, the innermost call first; none if it is not an Error
 */
export const stepsOf = (reason: unknown): string[] => {
  if (!(reason instanceof Error)) return []
  const calls = (reason.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
  return [reason.constructor.name, ...calls.slice(0, 5).map((line) => line.trim())]
}
