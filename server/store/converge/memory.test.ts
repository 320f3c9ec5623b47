import { behaviourOfCopy } from '../store.behaviour.ts'
import { openMemoryStore } from './test-memory-store.ts'

behaviourOfCopy('memory', async (options) => openMemoryStore(options))
