/** Times that can be: told in milliseconds, by a clock that is about right. */

/** WhatsApp began in 2009; in seconds, every time until 2286 lies before that. */
const earliest = Date.UTC(2009, 0, 1)
const day = 86_400_000
const quarterOfAnHour = 15 * 60_000

/** Epoch ms of something that has happened on WhatsApp. */
export const isPast = (time: number): boolean => time > earliest && time < Date.now() + day

/** Clocks may differ by some minutes; seconds in place of milliseconds do not pass for that. */
export const isAbout = (time: number, moment: number): boolean => Math.abs(time - moment) < quarterOfAnHour
