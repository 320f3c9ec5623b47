import type { LocationDraft } from '../../../model/outgoing.ts'
import type { AnyMessageContent } from '../../library.ts'

export const locationContent = ({ latitude, longitude, name, address }: LocationDraft): AnyMessageContent => ({
  location: {
    degreesLatitude: latitude,
    degreesLongitude: longitude,
    ...(name !== undefined && { name }),
    ...(address !== undefined && { address }),
  },
})
