/** Servers that take files that they must not take, or for others. */
import type { Schemas } from '../../contract.ts'
import { type Asked, edited, insteadOf, isObject, on, reply, shows, withMembers } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Upload = Schemas['Upload']

const send = 'sendMessage'
const upload = 'uploadMedia'

/** A text to the same person. */
const asText = (asked: Asked) => withMembers(asked, ({ to }) => ({ type: 'text', to, text: 'a file' }))

const mediaIn = ({ body }: Asked): Record<string, unknown> => (isObject(body) && isObject(body.media) ? body.media : {})

/** Sends what the right server refuses. */
const takes = (variant: string, fault: string, is: (media: Record<string, unknown>) => boolean): Mutant => ({
  id: `uploads/${variant}`,
  fault,
  killedBy: [`${send}/400|422/validation_error/${variant}`],
  because: 'instead of 400 or 422',
  touches: [`${send}/400|422/validation_error/url-*`, `${send}/400|422/validation_error/file-*`],
  make: () =>
    on(
      (asked) => asked.operationId === send && is(mediaIn(asked)),
      insteadOf([400, 422], (asked, ask) => ask(asText(asked))),
    ),
})

const leadsTo = (media: Record<string, unknown>, host: string) => String(media.url).startsWith(`http://${host}`)

export const uploads: readonly Mutant[] = [
  takes('url-private-network', 'fetches from private networks', (media) => leadsTo(media, '10.')),
  takes('url-metadata', 'fetches from the metadata service of a cloud', (media) => leadsTo(media, '169.254.')),
  takes('file-no-picture', 'sends any file as a picture', (media) => media.url === undefined && 'data' in media),
  takes('file-two-sources', 'takes the first of several sources', (media) => 'url' in media && 'data' in media),
  {
    id: 'uploads/any-session',
    fault: 'sends a file that was uploaded for another session',
    killedBy: [`${upload}/201/-/of-another-session`],
    because: 'instead of 404',
    make: () =>
      on(
        (asked) => asked.operationId === send && 'id' in mediaIn(asked),
        insteadOf(404, (asked, ask) => ask(asText(asked))),
      ),
  },
  {
    id: 'uploads/quota-without-reason',
    fault: 'does not say that it is the quota that is used up',
    killedBy: [`${upload}/409/conflict/media-quota`],
    because: 'details.reason is',
    make: () =>
      on(upload, async (asked, ask) => {
        const answer = await ask(asked)
        return answer.status === 409 ? reply(409, { error: { code: 'conflict', message: 'no room' } }) : answer
      }),
  },
  {
    id: 'uploads/one-byte-less',
    fault: 'keeps all but the last byte of a file',
    killedBy: [`${upload}/201/-/as-sent`],
    because: /its size is/,
    make: () => shows<Upload>(upload, (body) => ({ ...body, size: body.size - 1 })),
  },
  {
    id: 'uploads/type-as-named',
    fault: 'believes what a file is called',
    killedBy: [`${upload}/201/-/as-sent`],
    because: /its type is/,
    make: () =>
      on(upload, async (asked, ask) => {
        const answer = await ask(asked)
        const mimetype = asked.headers['content-type'] ?? ''
        return answer.status === 201 ? edited<Upload>(answer, (body) => ({ ...body, mimetype })) : answer
      }),
  },
  {
    id: 'uploads/once',
    fault: 'forgets a file when it was sent',
    killedBy: [`${upload}/201/-/sent`],
    because: 'answered 404 instead of',
    make: () => {
      const sent = new Set<unknown>()
      return on(
        (asked) => asked.operationId === send && 'id' in mediaIn(asked),
        async (asked, ask) => {
          const { id } = mediaIn(asked)
          if (sent.has(id)) return reply(404, { error: { code: 'not_found', message: 'uploaded file not found' } })
          sent.add(id)
          return ask(asked)
        },
      )
    },
  },
]
