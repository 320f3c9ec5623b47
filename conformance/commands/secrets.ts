/** Secrets that stand in a target file instead of in the environment. */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** @returns the keys whose values look like secrets, such as `tokens.full`; none for a file that is no target file */
export const writtenSecrets = async (file: string): Promise<string[]> => {
  // JSON is YAML too.
  const target: unknown = parse(await readFile(file, 'utf8'))
  const tokens = typeof target === 'object' && target !== null && 'tokens' in target ? target.tokens : {}
  return Object.entries(tokens ?? {})
    .filter(([, value]) => typeof value === 'string' && looksSecret(value))
    .map(([name]) => `tokens.${name}`)
}

/** A mock takes any word; what a server has issued is longer, or begins as API keys and JWTs do. */
const looksSecret = (value: string) => !value.includes('${') && (value.length >= 16 || /^(wa_|eyJ|sk_)/.test(value))
