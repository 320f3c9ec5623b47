/** Servers that take values of a body that are one step beyond what the document allows. */
import type { OperationId } from '../../contract.ts'
import { hears, insteadOf, isObject, on, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Members = Record<string, unknown>

/** Corrects the body where the right server refuses it, and so serves it. */
const corrects = (
  name: string,
  fault: string,
  id: OperationId,
  because: string,
  correct: (body: Members) => Members,
): Mutant => ({
  id: `beyond/${name}`,
  fault,
  killedBy: [`${id}/400|422/validation_error/beyond-schema`],
  because,
  touches: [`${id}/400|422/validation_error/*`],
  make: () =>
    on(
      id,
      insteadOf([400, 422], (asked, ask) => hears((one) => withMembers(one, correct))(asked, ask)),
    ),
})

/** @param change of each member of the retry policy */
const inPolicy = (change: (name: string, value: unknown) => [string, unknown][]) => (body: Members) =>
  isObject(body.retryPolicy)
    ? {
        ...body,
        retryPolicy: Object.fromEntries(
          Object.entries(body.retryPolicy).flatMap(([name, value]) => change(name, value)),
        ),
      }
    : body

export const beyondSchemaFaults: readonly Mutant[] = [
  corrects(
    'texts-cut',
    'cuts a text that is too long',
    'createSession',
    'a body with label of 101 characters: answered 201 instead of 400 or 422',
    (body) => (typeof body.label === 'string' ? { ...body, label: body.label.slice(0, 100) } : body),
  ),
  corrects(
    'flags-as-texts',
    'takes the text of a flag for the flag',
    'updateSession',
    'that is a text: answered 200 instead of 400 or 422',
    (body) =>
      Object.fromEntries(
        Object.entries(body).map(([name, value]) => [
          name,
          value === 'true' || value === 'false' ? value === 'true' : value,
        ]),
      ),
  ),
  corrects(
    'numbers-in-texts',
    'takes a text of digits for a number, inside of an object',
    'createWebhook',
    'that is a text: answered 201 instead of 400 or 422',
    inPolicy((name, value) => [[name, typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value]]),
  ),
  corrects(
    'fractions-cut',
    'cuts the fraction of a number, inside of an object',
    'createWebhook',
    'that is a fraction: answered 201 instead of 400 or 422',
    inPolicy((name, value) => [[name, typeof value === 'number' ? Math.trunc(value) : value]]),
  ),
  corrects(
    'unknown-inside',
    'ignores an unknown member inside of an object',
    'createWebhook',
    'retryPolicy with an unknown member: answered 201 instead of 400 or 422',
    inPolicy((name, value) => (name === 'unknown' ? [] : [[name, value]])),
  ),
  corrects(
    'one-header-more',
    'takes one entry of an object too many',
    'createWebhook',
    'customHeaders of one member too many: answered 201 instead of 400 or 422',
    (body) =>
      isObject(body.customHeaders)
        ? { ...body, customHeaders: Object.fromEntries(Object.entries(body.customHeaders).slice(0, 20)) }
        : body,
  ),
  corrects(
    'one-event-more',
    'takes one entry of a list too many',
    'createWebhook',
    'events of one entry too many: answered 201 instead of 400 or 422',
    (body) => (Array.isArray(body.events) ? { ...body, events: body.events.slice(0, 50) } : body),
  ),
  corrects(
    'nul-dropped',
    'drops U+0000 from a text',
    'createSession',
    'label with U+0000 in it: answered 201 instead of 400 or 422',
    (body) => (typeof body.label === 'string' ? { ...body, label: body.label.replaceAll('\u0000', '') } : body),
  ),
]
