import { connectionBehaviour } from '../connection.behaviour.ts'

connectionBehaviour('sqlite3', { unsafe: 'rounded' })
