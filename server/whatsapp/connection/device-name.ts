/** What phones show as the name of the linked device. */
export const deviceName = 'Parley'
