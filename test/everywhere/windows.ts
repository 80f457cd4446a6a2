import { hopping, json, pipeline, session, sliding, tumbling, unlimited, type Pipeline } from 'sluice'
import { names, result, tell, texts, windowResult } from './outputs.js'

const joined = (a: string, b: string): string => `${a}${b}`

/** Every kind of window, with grace, told in every way. Results whose label begins with ~ are told once per commit. */
export function windowsPipeline(app: string, module: string): Pipeline {
  const p = pipeline(app, { value: json(), module })
  const { l, r } = names(app)
  const left = p.stream(texts(l)).groupByKey()
  const right = p.stream(texts(r)).groupByKey()
  const text = (label: string) => windowResult<string>(app, label)

  const tumbled = left.windowedBy(tumbling(100, { grace: 40 }))
  tell(tumbled.count({ as: 'counted' }), windowResult(app, '~tumbling'))
  tumbled.reduce(joined, { as: 'tumbled', emit: 'final' }).toStream({ tombstones: false }).to(text('tumbling, final'))
  tumbled
    .reduce(joined, { as: 'tumbled-memory', emit: 'final', in: 'memory' })
    .toStream({ tombstones: false })
    .to(text('in memory, final'))
  tumbled
    .reduce(joined, { as: 'suppressed' })
    .suppress({ until: 'window-closes', as: 'until-closed' })
    .toStream({ tombstones: false })
    .to(text('suppressed'))
  tumbled.late().to(result(app, 'late'))
  left
    .windowedBy(hopping(90, 30, { grace: 20 }))
    .reduce(joined, { as: 'hopped', emit: 'final' })
    .toStream({ tombstones: false })
    .to(text('hopping, final'))
  left
    .windowedBy(sliding(50, { grace: 30 }))
    .reduce(joined, { as: 'slid', emit: 'final' })
    .toStream({ tombstones: false })
    .to(text('sliding, final'))
  const sessions = left.windowedBy(session(25, { grace: 30 }))
  sessions.reduce(joined, { as: 'met', emit: 'final' }).toStream({ tombstones: false }).to(text('session, final'))
  tell(sessions.count({ as: 'sessions' }), windowResult(app, '~session'))
  tell(left.windowedBy(unlimited()).count({ as: 'ever' }), windowResult(app, '~unlimited'))
  left
    .count({ as: 'so-far', cache: false })
    .suppress({ until: 60, buffer: { maxRecords: 3, whenFull: 'emit' }, as: 'for-a-time' })
    .toStream({ tombstones: false })
    .to(result(app, 'suppressed for a time'))

  const both = left.cogroup<string>(joined).cogroup(right, (so, value) => so + value.toUpperCase())
  tell(
    both.aggregate(() => '', { as: 'grouped' }),
    result(app, '~cogroup'),
  )
  both
    .windowedBy(tumbling(80, { grace: 40 }))
    // Each stream has its own time, so a window may change once more behind its end; a cache would make one of two changes.
    .aggregate(() => '', { as: 'grouped-windows', cache: false })
    .suppress({ until: 'window-closes', as: 'grouped-closed' })
    .toStream({ tombstones: false })
    .to(text('cogroup by windows'))
  return p
}
