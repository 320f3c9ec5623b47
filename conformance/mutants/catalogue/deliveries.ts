/** Servers that do not send to webhooks what they say. What they send goes past the relay, so that the answers are turned round. */
import type { Schemas } from '../../contract.ts'
import { shows } from '../fault.ts'
import type { Mutant } from '../mutant.ts'

type Webhook = Schemas['Webhook']

const anotherSecret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

export const deliveries: readonly Mutant[] = [
  {
    id: 'deliveries/signed-with-another-secret',
    fault: 'signs with another secret than it has shown',
    killedBy: ['testWebhook/200/-/received'],
    because: /the secret does not fit/,
    touches: ['createWebhook/*', 'rotateWebhookSecret/*'],
    make: () => shows<Webhook>('createWebhook', (webhook) => ({ ...webhook, secret: anotherSecret })),
  },
  {
    id: 'deliveries/always-delivered',
    fault: 'says of each test that it was delivered',
    killedBy: ['testWebhook/200/-/refused'],
    because: /after 500 it answers/,
    make: () =>
      shows<Schemas['WebhookTest']>('testWebhook', ({ id, durationMs }) => ({
        id,
        delivered: true,
        responseStatus: 204,
        durationMs,
      })),
  },
  {
    id: 'deliveries/new-secret-not-used',
    fault: 'signs with the secret of before alone after a rotation',
    killedBy: ['rotateWebhookSecret/200/-/signs-with-both'],
    because: /1 of 2 secrets do not fit/,
    touches: ['rotateWebhookSecret/*'],
    make: () =>
      shows<Webhook>('rotateWebhookSecret', (webhook) => ({
        ...webhook,
        secret: `whsec_${Buffer.from(webhook.updatedAt.toString().padStart(32, '0')).toString('base64')}`,
      })),
  },
]
