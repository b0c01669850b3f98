/** A moment as Java's `Date` prints it: `Sat Nov 21 15:28:27 UTC 2026`. Only log lines want it. */
export function javaDate(wallMs: number): string {
  const date = new Date(wallMs)
  // "Sat Nov 21 2026 15:28:27 GMT+0000 (...)"
  const [weekday = '', month = '', day = '', year = '', time = ''] = date.toString().split(' ')
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName')
  return `${weekday} ${month} ${day} ${time} ${zone?.value ?? 'UTC'} ${year}`
}
