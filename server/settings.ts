/** What the operator can set: the names of the environment's variables, and what they mean. `config.ts` reads them. */
export interface Setting {
  name: string
  meaning: string
  unit?: string
  fallback: string
}

const rateUnit = 'per minute, may come in one burst; 0 = no limit'

/** Every variable, in the order of `docs/configuration.md`, which a test compares with this list. */
export const settings: Setting[] = [
  { name: 'PORT', meaning: 'TCP port of the API; 0 takes any free one and prints it', fallback: '3000' },
  { name: 'HOST', meaning: 'Address to listen on', fallback: '127.0.0.1' },
  { name: 'DATA_DIR', meaning: 'Folder of the database and the key file, created if missing', fallback: './data' },
  {
    name: 'STORE_DRIVER',
    meaning:
      'Library that opens the database: `node:sqlite`, which is part of Node, or `sqlite3` from npm; a restart may change it',
    fallback: 'node:sqlite',
  },
  {
    name: 'ENCRYPTION_KEY',
    meaning: 'Key that seals WhatsApp credentials at rest',
    unit: '32 bytes, as 64 hex characters or base64',
    fallback: 'a key file in DATA_DIR, created at the first start',
  },
  { name: 'JWKS_URL', meaning: 'URL of the public keys of login tokens (JWKS)', fallback: 'none: API keys only' },
  { name: 'JWT_ISSUER', meaning: 'Required `iss` of login tokens; with JWKS_URL', fallback: 'none' },
  { name: 'JWT_AUDIENCE', meaning: 'Required `aud` of login tokens; with JWKS_URL', fallback: 'none' },
  {
    name: 'CORS_ORIGINS',
    meaning: 'Origins whose pages may call the API from a browser; `loopback` means any on this machine',
    unit: 'comma-separated origins',
    fallback: 'none',
  },
  {
    name: 'TRUSTED_PROXIES',
    meaning: 'Reverse proxies whose X-Forwarded-For is trusted; from any other address it is ignored',
    unit: 'comma-separated addresses or networks like 10.0.0.0/8',
    fallback: 'none',
  },
  {
    name: 'LIMIT_WRONG_TOKENS',
    meaning: 'Wrong tokens per client address; valid tokens are always accepted',
    unit: rateUnit,
    fallback: '60',
  },
  {
    name: 'LIMIT_PAIRING',
    meaning: 'Pairing codes per session; five times as many per organization',
    unit: rateUnit,
    fallback: '2',
  },
  {
    name: 'LIMIT_STARTS',
    meaning: 'Starts and restarts per session; five times as many for all unpaired sessions of an organization',
    unit: rateUnit,
    fallback: '6',
  },
  { name: 'LIMIT_PRESENCE', meaning: 'Presence updates per session', unit: rateUnit, fallback: '120' },
  {
    name: 'SESSIONS_PER_ORGANIZATION',
    meaning: 'Largest number of sessions per organization',
    unit: '0 = any number',
    fallback: '100',
  },
  {
    name: 'STREAMS_PER_ORGANIZATION',
    meaning: 'Largest number of open event streams per organization',
    unit: '0 = any number',
    fallback: '100',
  },
  {
    name: 'STREAMS_MAX',
    meaning: 'Largest number of open event streams, of all organizations together',
    unit: '0 = any number',
    fallback: '2000',
  },
  {
    name: 'WEBHOOKS_PER_ORGANIZATION',
    meaning: 'Largest number of webhooks per organization',
    unit: '0 = any number',
    fallback: '50',
  },
  {
    name: 'EVENT_RETENTION_DAYS',
    meaning: 'How long events are kept in the event log',
    unit: 'days, 1 to 3650',
    fallback: '7',
  },
  {
    name: 'OUTBOUND_ALLOW_PRIVATE',
    meaning: 'Non-public networks to which URLs of callers, webhooks among them, may lead',
    unit: 'comma-separated addresses or networks like 10.0.0.0/8',
    fallback: 'none',
  },
  {
    name: 'MEDIA_EAGER_MAX_BYTES',
    meaning:
      'Largest attachment that is downloaded as soon as its message arrives; larger ones are downloaded at the first request',
    unit: 'bytes; 0 = none',
    fallback: '16777216',
  },
  {
    name: 'MEDIA_MAX_BYTES',
    meaning: 'Largest file that can be sent; no more than the default, which the contract promises',
    unit: 'bytes',
    fallback: '104857600',
  },
  {
    name: 'MEDIA_UPLOAD_QUOTA_BYTES',
    meaning: 'Room for the uploaded files of an organization; each is deleted a day after its last use',
    unit: 'bytes',
    fallback: '1073741824',
  },
  {
    name: 'MEDIA_QUOTA_BYTES',
    meaning:
      'Room for the attachments of a session in DATA_DIR; when it is full, those not used for the longest time are deleted',
    unit: 'bytes',
    fallback: '1073741824',
  },
  {
    name: 'LOG_LEVEL',
    meaning: 'Lowest level that is logged: trace, debug, info, warn, error, fatal or silent',
    fallback: 'info',
  },
  {
    name: 'WHATSAPP_VERSION',
    meaning: 'Client version reported to WhatsApp; set it when WhatsApp no longer accepts the built-in one',
    unit: 'like 2.3000.1043857760',
    fallback: 'built in',
  },
  {
    name: 'WHATSAPP_SILENT_AFTER',
    meaning: 'A connected session reconnects when WhatsApp has sent it nothing for this long; 0 = never',
    unit: 'seconds',
    fallback: '1800',
  },
  {
    name: 'WHATSAPP_URL',
    meaning: 'A test WhatsApp instead of the real one; loopback addresses only',
    unit: 'ws:// or wss:// URL',
    fallback: 'the real WhatsApp',
  },
  {
    name: 'WHATSAPP_TEST_ROOT_KEY',
    meaning: 'Root key of that test WhatsApp; required with WHATSAPP_URL',
    unit: '64 hex characters',
    fallback: 'none',
  },
  {
    name: 'WHATSAPP_MEDIA_URL',
    meaning: 'Media host of that test WhatsApp; loopback addresses only, with WHATSAPP_URL',
    unit: 'http:// URL without a path',
    fallback: "WhatsApp's own",
  },
]
