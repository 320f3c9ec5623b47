/**
 * Where an error comes from, for a log: class and calls, and none of its words, which may quote a message.
 * @returns at most six lines, the innermost call first; none for what is no error
 */
export const stepsOf = (reason: unknown): string[] => {
  if (!(reason instanceof Error)) return []
  const calls = (reason.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
  return [reason.constructor.name, ...calls.slice(0, 5).map((line) => line.trim())]
}
