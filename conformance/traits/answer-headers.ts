/** Every answer forbids caches to keep it and browsers to guess its type: refusals are as private as what is admitted. */
import { admittedCall, type Base, effectsOf, idOf, needsOf, outcomeOf, variantOf } from '../base.ts'
import type { Call, Case, Context, Expected } from '../case.ts'
import { each } from '../each.ts'
import { parameters } from '../parameters.ts'
import { requestFaults } from '../request-faults.ts'
import { cases } from '../table.ts'
import type { Proofs } from './admission.ts'
import { otherMethod } from './methods.ts'

export const answerHeaders = (base: Base, { alone }: Proofs): Case[] => {
  const [lacking] = alone.filter(({ capability }) => !base.row.capabilities.includes(capability))
  const [name] = Object.keys(base.path)
  const unknown = name === undefined ? undefined : parameters[name]?.unknown
  return cases(base, { needs: needsOf(base), effects: effectsOf(base), live: true }, [
    {
      id: variantOf(base, 'answer-headers'),
      promise:
        'forbids caches to keep an answer, and browsers to guess its type, whatever the answer is; no JSON has an ETag',
      clause: '/info/description',
      optional: [...(lacking === undefined ? [] : [`tokens.${lacking.token}` as const]), ...(unknown ? [unknown] : [])],
      control: [
        idOf(base),
        idOf(base, '401/unauthorized/token-absent'),
        ...requestFaults(base).map(({ shownBy }) => idOf(base, shownBy)),
        idOf(base, `405/method_not_allowed/method-${otherMethod(base).toLowerCase()}`),
      ],
      checks: ['each', 'cache', 'type', 'etag'],
      run: async (context) => {
        const call = await admittedCall(base, context)
        const lacks = lacking && context.find(`tokens.${lacking.token}`) !== undefined ? lacking.token : undefined
        const nobodys = unknown && context.find(unknown)
        const { body: _body, ...bare } = call
        const tries: [words: string, call: Call, expected: Expected][] = [
          ['without a token', { ...call, caller: 'nobody' }, { status: 401 }],
          ...(lacks ? [withoutRight({ ...call, caller: { token: lacks } })] : []),
          ...requestFaults(base).map(({ name: words, edit, status }): [string, Call, Expected] => {
            return [`with ${words}`, edit(call), { status: status === 422 ? context.schemaViolation : status }]
          }),
          ...(typeof nobodys === 'string' && name ? [ofNobody(call, name, nobodys)] : []),
          [
            'with another method',
            { ...bare, method: otherMethod(base), broken: true },
            { status: 405, anyOperation: true },
          ],
          // What the admitted request ends cannot be asked for again.
          ['that is admitted', call, outcomeOf(base)],
        ]
        await each(
          context,
          'each',
          tries.map(([words, one, expected]) => [`a request ${words}`, () => isGuarded(context, one, expected)]),
        )
      },
    },
  ])
}

const withoutRight = (call: Call): [string, Call, Expected] => ['without the capability', call, { status: 403 }]

const ofNobody = (call: Call, name: string, id: string): [string, Call, Expected] => [
  'for what does not exist',
  { ...call, path: { ...call.path, [name]: id } },
  { status: 404 },
]

/** Sends the request, and looks at what its answer says of keeping and guessing. */
export const isGuarded = async (context: Context, call: Call, expected: Expected): Promise<void> => {
  const { headers } = await context.send(call, expected)
  const {
    'cache-control': cache = 'absent',
    'x-content-type-options': sniff = 'absent',
    'content-type': type = '',
  } = headers
  const directives = cache.split(',').map((text) => text.trim().toLowerCase())
  context.check('cache', directives.includes('no-store'), `Cache-Control is ${cache}, and has to have no-store`)
  // Only an attachment has one.
  const etag = /^application\/json\b/i.test(type) ? headers.etag : undefined
  context.check('etag', etag === undefined, `ETag is ${etag}, and JSON has none`)
  context.check('type', sniff.trim().toLowerCase() === 'nosniff', `X-Content-Type-Options is ${sniff}, not nosniff`)
}
