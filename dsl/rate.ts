import { SluiceError, valueText } from '../src/errors.js'

/** Records and a unit of time: `'100/s'`, `'30/m'`, `'5/h'`, `'1/d'`. */
export type Rate = `${number}/${'s' | 'm' | 'h' | 'd'}`

const seconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** Records a second. @throws SluiceError BAD_ARGUMENT */
export function rateOf(rate: Rate | undefined, line: string | undefined): number | undefined {
  if (rate === undefined) return undefined
  const match = typeof rate !== 'string' ? null : /^(\d+(?:\.\d+)?)\/([smhd])$/.exec(rate)
  const perSecond = match === null ? 0 : Number(match[1]) / seconds[match[2] as keyof typeof seconds]
  if (perSecond > 0) return perSecond
  throw new SluiceError('BAD_ARGUMENT', `rate: ${valueText(rate)} is no rate above 0`, {
    place: { line },
    hint: "write how many records and a unit of time: '100/s', '30/m', '5/h', '1/d'",
  })
}
