/** All faults, in the order of their numbers. */
import { killLive } from './f01-kill-live.ts'
import { killInReplay } from './f02-kill-in-replay.ts'
import { dropInReplay } from './f03-drop-in-replay.ts'
import { killBetweenCommits } from './f04-kill-between-commits.ts'
import { tornCredentials } from './f05-torn-credentials.ts'
import { diskFull } from './f06-disk-full.ts'
import { ioError } from './f07-io-error.ts'
import { locked } from './f08-locked.ts'
import { slowFsync } from './f09-slow-fsync.ts'
import { damagedFile } from './f10-damaged-file.ts'
import { killedMigration } from './f11-killed-migration.ts'
import { restartRequired } from './f12-restart-required.ts'
import { replaced } from './f13-replaced.ts'
import { refused } from './f14-refused.ts'
import { lost } from './f15-lost.ts'
import { zombie } from './f16-zombie.ts'
import { deliveredAgain } from './f17-delivered-again.ts'
import { sameId } from './f18-same-id.ts'
import { anyOrder } from './f19-any-order.ts'
import { lateAndForeignChanges } from './f20-late-and-foreign-changes.ts'
import { addresses } from './f21-addresses.ts'
import { strangeAddresses } from './f22-strange-addresses.ts'
import { strangeTimes } from './f23-strange-times.ts'
import { clock } from './f24-clock.ts'
import { unreadable } from './f25-unreadable.ts'
import { unreadableStorm } from './f26-unreadable-storm.ts'
import { largeHistory } from './f27-large-history.ts'
import { historyAgain } from './f28-history-again.ts'
import { unread } from './f29-unread.ts'
import { spoofed } from './f30-spoofed.ts'
import { manyAtBoot } from './f37-many-at-boot.ts'
import { stoppedUnderLoad } from './f39-stopped-under-load.ts'
import { signals } from './f40-signals.ts'
import { twoAtOnce } from './f41-two-at-once.ts'
import { stoppedOwner } from './f42-stopped-owner.ts'
import { stall } from './f43-stall.ts'
import { descriptors } from './f44-descriptors.ts'
import { slowClients } from './f45-slow-clients.ts'
import { soak } from './f47-soak.ts'
import { backup } from './f48-backup.ts'
import { poisonedJournal } from './f51-poisoned-journal.ts'
import { brokenDownloads } from './f52-broken-downloads.ts'
import { bombs } from './f53-bombs.ts'
import { strangeInput } from './f54-strange-input.ts'
import { restartedAllTheTime } from './f55-restarted-all-the-time.ts'
import { killWhileSending } from './f56-kill-while-sending.ts'
import { severalDevices } from './f57-several-devices.ts'
import { repeatedIds } from './f58-repeated-ids.ts'
import { retryAfterRestart } from './f59-retry-after-restart.ts'
import { callersAskAgain } from './f60-callers-ask-again.ts'
import { killWithFiles } from './f61-kill-with-files.ts'
import { eventsTold } from './f62-events-told.ts'
import { webhooksTold } from './f63-webhooks-told.ts'
import type { Fault } from './fault.ts'

export const faults: readonly Fault[] = [
  killLive,
  killInReplay,
  dropInReplay,
  killBetweenCommits,
  tornCredentials,
  diskFull,
  ioError,
  locked,
  slowFsync,
  damagedFile,
  killedMigration,
  restartRequired,
  replaced,
  refused,
  lost,
  zombie,
  deliveredAgain,
  sameId,
  anyOrder,
  lateAndForeignChanges,
  addresses,
  strangeAddresses,
  strangeTimes,
  clock,
  unreadable,
  unreadableStorm,
  largeHistory,
  historyAgain,
  unread,
  spoofed,
  manyAtBoot,
  stoppedUnderLoad,
  signals,
  twoAtOnce,
  stoppedOwner,
  stall,
  descriptors,
  slowClients,
  soak,
  backup,
  poisonedJournal,
  brokenDownloads,
  bombs,
  strangeInput,
  restartedAllTheTime,
  killWhileSending,
  severalDevices,
  repeatedIds,
  retryAfterRestart,
  callersAskAgain,
  killWithFiles,
  eventsTold,
  webhooksTold,
]
