/** Percent-encoding in paths: decoded once, after the path was divided, and what it stands for is part of the parameter. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case, Context } from '../case.ts'
import { each } from '../each.ts'
import { cases, type Row } from '../table.ts'

export const pathEncoding = (base: Base): Case[] => {
  const common = { needs: needsOf(base), effects: effectsOf(base), control: [idOf(base)], live: true }
  return cases(base, common, [
    ...(Object.keys(base.path).length > 0 ? [slashEncoded(base)] : []),
    ...(namesIn(base).length > 0 ? [withMore(base)] : []),
    ...(base.row.path.includes(':') ? [colonEncoded(base)] : []),
  ])
}

const colonEncoded = (base: Base): Row => ({
  id: variantOf(base, 'colon-encoded'),
  promise: 'takes %3A for the colon before a verb',
  clause: '/info/description',
  run: async (context) => {
    const verb = /:\w+/.exec(base.row.path)?.[0] ?? ''
    const retarget = (target: string) => target.replace(verb, verb.replace(':', '%3A'))
    await context.send({ ...(await admittedCall(base, context)), retarget }, outcomeOf(base))
  },
})

/** Parameters that name what the target has, so that anything else is unknown to it. */
const namesIn = ({ path }: Base) => Object.keys(path).filter((name) => path[name] !== 'example')

/** With something done to the place where a parameter stands in the path. */
const inParameter = (base: Base, name: string, change: (text: string) => string): ((target: string) => string) => {
  const index = base.row.path.split('/').findIndex((segment) => segment.startsWith(`{${name}}`))
  return (target) =>
    target
      .split('/')
      .map((segment, at) => (at === index ? segment.replace(/^[^:?]+/, change) : segment))
      .join('/')
}

/** It is refused in one way or another: the path is another one, the parameter names nothing, or is no parameter at all. */
const refuses = (context: Context, call: Call, retarget: (target: string) => string) =>
  context.send(
    { ...call, retarget, broken: true },
    { status: [...new Set([400, 404, 405, ...context.schemaViolation])], anyOperation: true },
  )

const slashEncoded = (base: Base): Row => ({
  id: '404|405/-/path-slash-encoded',
  promise: 'takes no %2F for a slash, and no %2E%2E for a step back',
  clause: '/info/description',
  checks: ['each'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    const slashes = base.row.path.split('/').length - 1
    const second = Array.from({ length: slashes - 1 }, (_, index) => index + 2)
    await each(context, 'each', [
      ...second.map((place) => {
        const replaceOne = (target: string) => {
          const segments = target.split('/')
          return `${segments.slice(0, place).join('/')}%2F${segments.slice(place).join('/')}`
        }
        return [`a path whose slash no. ${place} is %2F`, () => refuses(context, call, replaceOne)] as const
      }),
      [
        'a path with a step back in %2E%2E',
        () => refuses(context, call, (target) => target.replace(/^\/[^/]+\//, (start) => `${start}unknown/%2E%2E/`)),
      ],
    ])
  },
})

const more = ['%00', '%20', '%0A', '%2F', '%3F', '%23', '%26', '%3B', ';v=1']

const withMore = (base: Base): Row => ({
  id: '404|422/-/path-parameter-with-more',
  promise: 'takes what is encoded after a path parameter for part of it',
  clause: '/info/description',
  checks: ['each'],
  run: async (context) => {
    const call = await admittedCall(base, context)
    await each(
      context,
      'each',
      namesIn(base).flatMap((name) =>
        more.map((text) => {
          const retarget = inParameter(base, name, (value) => `${value}${text}`)
          return [`a path with ${text} after {${name}}`, () => refuses(context, call, retarget)] as const
        }),
      ),
    )
  },
})
