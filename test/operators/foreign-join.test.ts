import { expect, test } from 'vitest'
import { subscribe } from '../../src/operators/foreign-join/subscribe.js'
import { unansweredOf } from '../../src/operators/foreign-join/unanswered.js'
import { json } from '../../src/serde/json/json.js'
import { string } from '../../src/serde/string.js'
import { Harness } from './harness.js'

interface Row {
  readonly of: string | null
  readonly n: number
}

const [none, a1, a2, b1]: (Row | null)[] = [null, { of: 'a', n: 1 }, { of: 'a', n: 2 }, { of: 'b', n: 1 }]

// As Kafka Streams' SubscriptionSendProcessorSupplier: whatever had a pair before asks to be told where there is none now.
test.each([
  ['a row that is new', none, a1, [['a', 'tell-if-there']]],
  ['a row that means the same foreign row', a1, a2, [['a', 'tell']]],
  [
    'a row that means another one',
    a1,
    b1,
    [
      ['a', 'forget'],
      ['b', 'tell'],
    ],
  ],
  ['a row that is gone', a1, none, [['a', 'forget-and-tell']]],
  ['a row that means none any more', a1, { of: null, n: 3 }, [['a', 'forget-and-tell']]],
] as const)('an inner join by foreign key, %s', (_what, before, now, expected) => {
  const harness = new Harness()
  const process = harness.operator(
    subscribe<string, Row, string>({
      on: row => row.of,
      value: json<Row>(),
      foreignKey: string,
      primaryKey: string,
      left: false,
      unanswered: unansweredOf(),
    }),
  )
  void process('key', now, 5, before)
  expect(harness.read().map(({ key, value }) => [key, (value as { instruction: string }).instruction])).toEqual(
    expected,
  )
})
