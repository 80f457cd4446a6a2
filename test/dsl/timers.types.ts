// Checked by the compiler alone: every line here must compile, and every line under @ts-expect-error must not.
import { int32, json, pipeline, string, topic, type Stream, type Tick } from '../../dsl/index.js'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<T extends true>(): T | undefined {
  return undefined
}

const p = pipeline('types', { value: json() })
const mails = topic('mails', { key: string, value: json<{ at: number }>() })
const byNumber = topic('by-number', { key: int32, value: string })
const users = p.table(topic('users', { key: string, value: string }))

// A stream stays what it was.
const mail = p.stream(mails)
const delayed = mail.delay('10m')
same<Equal<typeof delayed, Stream<string, { at: number }, 'keyed'>>>()
const delivered = mail.deliverAt(({ at }, key, record) => at + key.length + record.offset, { as: 'later' })
same<Equal<typeof delivered, Stream<string, { at: number }, 'keyed'>>>()
mail.deliverAt(({ at }) => new Date(at), { timestamp: 'record', value: json<{ at: number }>() })
delayed.join(users, (value, user) => ({ ...value, user }))
mail.delay(500).groupByKey()

// @ts-expect-error a duration has a unit
mail.delay('10')
// @ts-expect-error a time is a number or a Date
mail.deliverAt(({ at }) => String(at))
// @ts-expect-error the function says when
mail.deliverAt(5)
// @ts-expect-error these are the two times
mail.delay('1s', { timestamp: 'now' })
// @ts-expect-error the serde writes other values
mail.delay('1s', { value: string })

// Keys of a new type are named; strings need nothing.
const renumbered = p.stream(byNumber).selectKey((_, key) => key * 2)
renumbered.delay('1s', { key: int32 })
// @ts-expect-error numbers need a serde
renumbered.delay('1s')
// @ts-expect-error numbers need a serde here, too
renumbered.deliverAt(() => 5)
const renamed = mail.selectKey(({ at }) => String(at)).delay('1s')
same<Equal<typeof renamed, Stream<string, { at: number }, 'rekeyed'>>>()

// The one task of a line is not where its key would be.
const ticks = p.every('*/5 * * * *', { as: 'fives', zone: 'Europe/Berlin', catchUp: 'all' })
same<Equal<typeof ticks, Stream<string, Tick, 'rekeyed'>>>()
ticks.map(({ scheduled, previous }) => scheduled - (previous ?? 0))
// @ts-expect-error it joins after a repartition only
ticks.join(users, (tick, user) => ({ tick, user }))
ticks.repartition().join(users, (tick, user) => ({ tick, user }))
// @ts-expect-error one of three
p.every('* * * * *', { catchUp: true })
