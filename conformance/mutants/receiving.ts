/** Which cases look at what a server sends to webhooks. */

/** A case of `createWebhook`. */
export const sends = (variant: string) => `createWebhook/201/-/${variant}`

/** Every case that looks at what a webhook is sent of a message. */
export const receiving = [
  ...['message-sent', 'as-in-log', 'sent-again', 'asked-to-wait', 'only-what-it-names', 'not-to-others'].map(sends),
  ...['presence-sent', 'qr-sent', 'pauses-grow'].map(sends),
  'updateWebhook/200/-/on-again-after-410',
  'getWebhook/200/-/gone',
  'deleteWebhook/204/-/silent',
  'updateWebhook/200/-/waits-while-inactive',
  'updateWebhook/200/-/sends-as-changed',
  'updateWebhook/200/-/pending-moves',
  'replayWebhook/200/-/same-again',
  'redeliver/200/-/same-again',
  'listDeliveries/200/-/what-became-of-them',
  'rotateWebhookSecret/200/-/signs-events-with-both',
]
