/** A request of the suite as a command that sends it again. Tokens are shell variables: `$TOKEN_FULL` is `tokens.full`. */
import type { Recipe } from '../body-recipe.ts'
import { strangeToken } from '../redact.ts'
import type { Exchange } from '../result.ts'

/** @returns one argument a line */
export const toCurl = (baseUrl: string, { request }: Exchange): string => {
  const { method, target, headers, body, abridged, made } = request
  const lines = [
    `${made === undefined ? '' : `${pipeline(made)} | `}curl -i${method === 'GET' ? '' : method === 'HEAD' ? ' --head' : ` -X ${quoted(method)}`}${plainly(target)} ${quoted(baseUrl + target)}`,
    ...Object.entries(headers)
      .filter(([name]) => name !== 'User-Agent')
      .map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    // curl would send a type of its own.
    ...(body !== undefined && !hasContentType(headers) ? ["-H 'Content-Type:'"] : []),
    ...(body === undefined ? [] : [`--data-binary ${made ? '@-' : abridged ? '@body' : quoted(body)}`]),
  ]
  const isStrange = Object.values(headers).some((value) => value.includes(strangeToken))
  const isLost = abridged && made === undefined
  const notes = [...(isLost ? [lostBody] : []), ...(isStrange ? [lostToken] : [])].map((note) => `\n# ${note}`)
  return lines.join(' \\\n  ') + notes.join('')
}

/** Prints the body. */
const pipeline = (made: Recipe): string => {
  if ('base64' in made) return `printf %s ${literal(made.base64)} | base64 -d`
  const steps = made.parts.map(({ text, times }) =>
    times === undefined ? `printf %s ${literal(text)}` : `head -c ${times} /dev/zero | tr '\\0' ${literal(text)}`,
  )
  return `${steps.length === 1 ? steps[0] : `{ ${steps.join('; ')}; }`}${made.gzip ? ' | gzip -n' : ''}`
}

const lostBody = 'the body is not kept whole in this report; put it into a file named body'
const lostToken = `${strangeToken} is not kept in this report; the reason says what it is like`

const hasContentType = (headers: Readonly<Record<string, string>>) =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')

/** curl is to send the path as it is, dots and brackets too. */
const plainly = (target: string) =>
  `${/\/\.{1,2}(\/|\?|$)/.test(target) ? ' --path-as-is' : ''}${/[[\]{}]/.test(target) ? ' --globoff' : ''}`

/** For bash and zsh, with masked tokens as variables. */
const quoted = (text: string): string => {
  const parts = text.split(mask)
  // `split` with two groups: text, token, way, text, token, way, …, text.
  return parts
    .map((part, index) => {
      if (index % 3 === 0) return part === '' && parts.length > 1 ? '' : literal(part)
      return index % 3 === 1 ? `"$${variable(part, parts[index + 1])}"` : ''
    })
    .join('')
}

const mask = /\[tokens\.(\w+)(?: \(([\w-]+)\))?\]/

const variable = (token: string, way: string | undefined): string => {
  const name = `TOKEN_${token.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
  if (way === 'basic') return `${name}_BASIC`
  return way?.startsWith('altered') ? `${name}_ALTERED` : name
}

/** Single quotes; control characters, which would be invisible, in the shell's own notation. */
const literal = (text: string): string => {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (!/[^\P{Cc}\t\n]/u.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll(/\p{Cc}/gu, bytesOf)
  return `$'${escaped}'`
}

const bytesOf = (character: string) => Buffer.from(character).toString('hex').replaceAll(/../g, String.raw`\x$&`)

/** What the variables in commands stand for. */
export const curlLegend =
  '$TOKEN_FULL stands for tokens.full of the target file, and so on; _ALTERED: with one character in its middle changed; _BASIC: base64 of the token and a colon.'
