import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../ports/store/errors.ts'
import type { Connection } from './connection.ts'
import { unfinished } from './job.ts'
import { createWriter } from './writer.ts'

/** A connection that writes down what it is asked. `answer` may throw. */
function recording(answer: (sql: string) => void = () => undefined) {
  const asked: string[] = []
  const all: Connection['all'] = async (sql) => {
    asked.push(sql)
    answer(sql)
    return []
  }
  const db: Connection = { all, script: async () => undefined, load: 0, close: async () => undefined }
  return { db, asked }
}

const begin = 'BEGIN IMMEDIATE'
const say = (word: string) => (db: Connection) => db.all(word).then(() => word)
const session = (sessionId: string, facts = 1) => ({ sessionId, facts })

describe('commits', () => {
  test('a call alone is written at once', async () => {
    const { db, asked } = recording()
    expect(await createWriter(db).write(say('a'))).toBe('a')
    expect(asked).toEqual([begin, 'a', 'COMMIT'])
  })

  test('calls that wait share one', async () => {
    const { db, asked } = recording()
    const { write } = createWriter(db)
    await Promise.all([write(say('a')), write(say('b')), write(say('c'))])
    expect(asked).toEqual([begin, 'a', 'b', 'c', 'COMMIT'])
  })

  test('calls that arrive before the commit begins share it, however long that takes', async () => {
    const { db, asked } = recording()
    const arriving: Promise<string>[] = []
    const { write } = createWriter(db, {
      arrived: async () => {
        if (arriving.length === 0) arriving.push(write(say('b')), write(say('c')))
      },
    })
    await write(say('a'))
    await Promise.all(arriving)
    expect(asked).toEqual([begin, 'a', 'b', 'c', 'COMMIT'])
  })

  test('a call that must be alone is, in its turn and outside of a transaction', async () => {
    const { db, asked } = recording()
    const { write, alone } = createWriter(db)
    await Promise.all([write(say('a')), write(say('b')), alone(say('c')), write(say('d')), alone(say('e'))])
    expect(asked).toEqual([begin, 'a', 'b', 'COMMIT', 'c', begin, 'd', 'COMMIT', 'e'])
  })

  test('are bounded by facts, and one large call is still one', async () => {
    const { db, asked } = recording()
    const { write } = createWriter(db)
    await Promise.all([
      write(say('a'), session('1', 900)),
      write(say('b'), session('1', 300)),
      write(say('c'), session('2', 300)),
    ])
    expect(asked).toEqual([begin, 'a', 'COMMIT', begin, 'c', 'COMMIT', begin, 'b', 'COMMIT'])
  })

  test('nothing is resolved before it is committed', async () => {
    const { db, asked } = recording()
    const { write } = createWriter(db)
    await Promise.all(
      ['a', 'b'].map((word) => write(say(word)).then(() => expect(asked).toEqual([begin, 'a', 'b', 'COMMIT']))),
    )
  })
})

describe('order', () => {
  test('keys and sessions go before imports that were there earlier', async () => {
    const { db, asked } = recording()
    const { write } = createWriter(db)
    let key: Promise<string> | undefined
    await Promise.all([
      write(
        (connection) => {
          key = write(say('key'))
          return connection.all('i1')
        },
        session('1', 500),
      ),
      ...['i2', 'i3'].map((word) => write(say(word), session('1', 500))),
    ])
    await key
    expect(asked).toEqual([begin, 'i1', 'COMMIT', begin, 'key', 'i2', 'COMMIT', begin, 'i3', 'COMMIT'])
  })

  test('sessions take turns, and the calls of each keep their order', async () => {
    const { db, asked } = recording()
    const { write } = createWriter(db)
    await Promise.all([
      ...['a1', 'a2', 'a3'].map((word) => write(say(word), session('a'))),
      write(say('b1'), session('b')),
    ])
    expect(asked).toEqual([begin, 'a1', 'b1', 'a2', 'a3', 'COMMIT'])
  })

  test('an import that is unfinished runs again in the next commit, before what follows it in its session', async () => {
    const { db, asked } = recording()
    const { write } = createWriter(db)
    const pieces = ['a1', 'a2', 'a3']
    const results = await Promise.all([
      write(
        async (connection) => {
          const piece = pieces.shift()
          await connection.all(String(piece))
          return pieces.length > 0 ? unfinished : piece
        },
        session('a', 100),
      ),
      write(say('a4'), session('a')),
      write(say('a5'), session('a')),
      write(say('b1'), session('b')),
      write(say('b2'), session('b', 499)),
    ])
    expect(results).toEqual(['a3', 'a4', 'a5', 'b1', 'b2'])
    const commits = [['a1', 'b1'], ['b2'], ['a2'], ['a3', 'a4', 'a5']]
    expect(asked).toEqual(commits.flatMap((commit) => [begin, ...commit, 'COMMIT']))
  })
})

describe('failures', () => {
  test('what follows an unfinished import waits for it also when another call breaks a rule', async () => {
    const { db, asked } = recording((sql) => {
      if (sql === 'bad') throw new Error('constraint')
    })
    const { write } = createWriter(db)
    const pieces = ['once', 'a1', 'a2']
    const results = await Promise.allSettled([
      write(async (connection) => {
        const piece = pieces.shift()
        await connection.all(String(piece))
        return piece === 'a1' ? unfinished : piece
      }, session('a')),
      write(say('b0'), session('b')),
      write(say('a3'), session('a')),
      write(say('bad'), session('b')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    const undone = ['once', 'b0', 'a3', 'bad']
    expect(asked.filter((sql) => sql.length < 5)).toEqual([...undone, 'a1', 'b0', 'bad', 'a2', 'a3'])
  })

  test('a call that breaks a rule fails alone', async () => {
    const { db, asked } = recording((sql) => {
      if (sql === 'bad') throw new Error('constraint')
    })
    const { write } = createWriter(db)
    const results = await Promise.allSettled([write(say('a')), write(say('bad')), write(say('c'))])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(asked.filter((sql) => sql === 'COMMIT')).toHaveLength(2)
    expect(asked.filter((sql) => sql === 'ROLLBACK')).toHaveLength(2)
  })

  test('a database that is away fails the calls of that commit, and the next ones work', async () => {
    let away = true
    const { db } = recording((sql) => {
      if (away && sql === 'COMMIT') throw new StoreUnavailable('the disk is full')
    })
    const { write } = createWriter(db)
    const results = await Promise.allSettled([write(say('a')), write(say('b'))])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    away = false
    expect(await write(say('c'))).toBe('c')
  })

  test('too much waiting is refused instead of kept in memory', async () => {
    const { db } = recording()
    const { write } = createWriter(db)
    const large = write(say('a'), session('1', 60_000))
    await expect(write(say('b'), session('1', 1))).rejects.toThrow('too many writes are waiting')
    expect(await large).toBe('a')
    const many = Array.from({ length: 10_000 }, () => write(say('x')))
    await expect(write(say('b'))).rejects.toThrow(StoreUnavailable)
    await Promise.all(many)
    expect(await write(say('c'))).toBe('c')
  })

  test('closing finishes the queued writes and refuses new ones', async () => {
    const { db } = recording()
    const writer = createWriter(db)
    const waiting = writer.write(say('a'))
    await writer.close()
    expect(await waiting).toBe('a')
    await expect(writer.write(say('b'))).rejects.toThrow('the store is closed')
  })
})
