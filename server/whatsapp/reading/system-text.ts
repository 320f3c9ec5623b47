/** Texts of system messages: only the few kinds that a reader of the chat would miss. */
import { labelOf } from '../../model/text.ts'

/** By `WebMessageInfo.StubType`. Without names, because WhatsApp sends phone numbers here. */
const words: Record<number, string> = {
  20: 'The group was created',
  27: 'Members were added',
  28: 'Members were removed',
  29: 'A member became an admin',
  30: 'A member is no longer an admin',
  31: 'A member joined by invitation',
  32: 'A member left',
  40: 'Missed voice call',
  41: 'Missed video call',
  43: 'The group was deleted',
  45: 'Missed group voice call',
  46: 'Missed group video call',
}

const subjectChanged = 21

/** @returns undefined for kinds that are not shown, such as changes of encryption or of settings */
export const systemText = (stubType: number, parameters: unknown): string | undefined => {
  if (stubType !== subjectChanged) return words[stubType]
  const subject = Array.isArray(parameters) ? labelOf(parameters[0]) : undefined
  return subject === undefined ? undefined : `The group is now called ${subject}`
}
