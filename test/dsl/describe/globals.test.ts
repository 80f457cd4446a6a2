import { expect, it } from 'vitest'
import { json, pipeline, string, topic } from '../../../dsl/index.js'

it('shows a global table as Kafka Streams does', () => {
  const texts = (name: string) => topic(name, { key: string, value: json<string>() })
  const p = pipeline('app', { value: json() })
  p.stream(texts('in'))
    .join(p.globalTable(texts('rows'), { as: 'table' }), (x, y) => x + y, { on: (_, key) => key })
    .to(texts('out'))
  const described = p.describe()
  expect(described.toString()).toContain(
    [
      '  Sub-topology: 1 for global store (will not generate tasks)',
      '    Source: rows (topics: [rows])',
      '      --> table.globalTable',
      '    Processor: table.globalTable (stores: [table])',
      '      --> none',
      '      <-- rows',
    ].join('\n'),
  )
  expect(described.toJSON()).toMatchObject({ globals: [{ name: 'table', topic: 'rows', in: 'disk' }] })
})
