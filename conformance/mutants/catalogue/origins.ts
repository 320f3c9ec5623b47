/** Servers that let pages of other origins in. */
import { type Asked, answers, headed, on } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

const isOptions = ({ method }: Asked) => method === 'OPTIONS'

/** A page that nobody has listed is let in by some answers. */
const letsIn = (name: string, fault: string, which: (asked: Asked) => boolean, allow: (origin: string) => string) =>
  ({
    id: `protocol/cors-${name}`,
    fault,
    killedBy: ['*/origin-unlisted'],
    because: 'says Access-Control-Allow-Origin',
    make: () =>
      on(
        (asked) => asked.headers.origin !== undefined && which(asked),
        answers((answer, { headers: { origin = '' } }) =>
          headed(answer, { 'access-control-allow-origin': allow(origin) }),
        ),
      ),
  }) satisfies Mutant

const echo = (origin: string) => origin
const hasToken = ({ headers }: Asked) => headers.authorization !== undefined

export const origins: readonly Mutant[] = [
  letsIn('reflected', 'lets the pages of every origin in', () => true, echo),
  letsIn(
    'any',
    'lets every page in',
    () => true,
    () => '*',
  ),
  letsIn('reflected-in-answers', 'lets every origin read its answers', (asked) => hasToken(asked), echo),
  letsIn(
    'reflected-in-refusals',
    'lets every origin read its refusals',
    (asked) => !hasToken(asked) && !isOptions(asked),
    echo,
  ),
  letsIn('reflected-in-preflight', 'promises every origin to let it in', isOptions, echo),
  letsIn('any-in-preflight', 'promises every page to let it in', isOptions, () => '*'),
  letsIn('null', 'lets in pages without an origin', ({ headers }) => headers.origin === 'null', echo),
  letsIn(
    'prefix',
    'lets in every origin that begins like a local one',
    ({ headers }) => headers.origin?.startsWith('http://localhost') ?? false,
    echo,
  ),
]
