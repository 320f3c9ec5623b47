import { connectionBehaviour } from '../connection.behaviour.ts'

connectionBehaviour('node:sqlite', { unsafe: 'refused' })
