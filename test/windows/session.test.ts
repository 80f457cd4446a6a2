import { describe, expect, it } from 'vitest'
import { session, string, type SessionWindowed, type Table, type WindowKey } from '../../dsl/index.js'
import { counts, input, made, run, texts } from './helpers.js'

const counting = (emit: 'update' | 'final' = 'update', grace = 0) =>
  made(p => p.stream(input).groupByKey().windowedBy(session(10, { grace })).count({ emit }).toStream().to(counts))

describe('sessions', () => {
  it('grow with each record that is at most the gap away; the former one is deleted first', async () => {
    expect(await run(counting(), 'a@0, a@10, a@21, b@21', counts)).toEqual([
      'a[0,0)=1@0',
      'a[0,0)=null@0',
      'a[0,10)=2@10',
      'a[21,21)=1@21',
      'b[21,21)=1@21',
    ])
  })

  it('become one where a record is near to both', async () => {
    const records = await run(counting('update', 100), 'a@0, a@20, a@11, a@10', counts)
    expect(records.slice(2)).toEqual([
      'a[20,20)=null@20',
      'a[11,20)=2@20',
      'a[0,0)=null@0',
      'a[11,20)=null@20',
      'a[0,20)=4@20',
    ])
  })

  it('are updated in place where a record lies in them, with a deletion before it, as in Kafka Streams', async () => {
    const records = await run(counting('update', 100), 'a@0, a@10, a@5, b@3, b@3', counts)
    expect(records.slice(3)).toEqual(['a[0,10)=null@10', 'a[0,10)=3@10', 'b[3,3)=1@3', 'b[3,3)=2@3'])
  })

  it('take what is late as long as gap and grace allow', async () => {
    expect(await run(counting('update', 5), 'a@0, b@15, a@0, b@16, c@0', counts)).toEqual([
      'a[0,0)=1@0',
      'b[15,15)=1@15',
      'a[0,0)=2@0',
      'b[15,15)=null@15',
      'b[15,16)=2@16',
    ])
  })

  it('final: are told once, in the order of their ends', async () => {
    expect(await run(counting('final'), 'b@1, a@0, a@3, a@2, b@11, c@22, c@50', counts)).toEqual([
      'a[0,3)=3@3',
      'b[1,11)=2@11',
      'c[22,22)=1@22',
    ])
  })

  it.each<[string, (sessions: SessionWindowed<string, string>) => Table<WindowKey<string>, number>]>([
    ['update', sessions => sessions.count()],
    ['final', sessions => sessions.count({ emit: 'final' })],
    ['update, kept for longer', sessions => sessions.count({ retention: '1d' })],
    ['final, kept for longer', sessions => sessions.count({ emit: 'final', retention: '1d' })],
    ['suppressed', sessions => sessions.count().suppress({ until: 'window-closes' })],
  ])('that have closed stay as they are, whatever comes near them: %s', async (_, counted) => {
    const p = made(each =>
      counted(
        each
          .stream(input)
          .groupByKey()
          .windowedBy(session(30, { grace: 10 })),
      )
        .toStream()
        .to(counts),
    )
    // At 40 sessions at 0 are open for a last millisecond; at 41 they have closed, and the record at 4 is still in time.
    const told = await run(p, 'a@0, b@0, c@40, b@5, c@41, a@4, c@200', counts)
    const ended = told.filter(each => !each.startsWith('c') && !each.startsWith('b[0,0)'))
    expect(ended.toSorted()).toEqual(['a[0,0)=1@0', 'a[4,4)=1@4', 'b[0,5)=2@5'])
  })

  it('of any type are brought together by the merger, the earlier session first', async () => {
    const p = made(each =>
      each
        .stream(input)
        .groupByKey()
        .windowedBy(session(10, { grace: 100 }))
        .aggregate(
          () => '',
          (text, value) => text + value,
          { merger: (a, b) => `${a}|${b}`, value: string },
        )
        .toStream({ tombstones: false })
        .to(texts),
    )
    expect(await run(p, 'a x@0, a y@20, a z@10', texts)).toEqual(['a[0,0)=x@0', 'a[20,20)=y@20', 'a[0,20)=|x|yz@20'])
  })

  it('reduced begin with the first value', async () => {
    const p = made(each =>
      each
        .stream(input)
        .groupByKey()
        .windowedBy(session(10, { grace: 100 }))
        .reduce((text, value) => text + value)
        .toStream({ tombstones: false })
        .to(texts),
    )
    expect(await run(p, 'a x@0, a y@20, a z@10', texts)).toEqual(['a[0,0)=x@0', 'a[20,20)=y@20', 'a[0,20)=xyz@20'])
  })
})
