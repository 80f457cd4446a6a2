import { expect, test } from 'vitest'
import { pipeline, string, topic, type Stream } from '../../dsl/index.js'
import { testDriver } from '../../src/testing/index.js'

const input = topic('in', { key: string, value: string })
const output = topic('out', { key: string, value: string })

/** A chain of operators, with topics in between: one number for each stretch. */
function long(...stretches: readonly number[]) {
  const p = pipeline('long')
  let stream: Stream<string, string> = p.stream(input)
  stretches.forEach((operators, i) => {
    if (i > 0) stream = stream.repartition({ as: `part-${i}`, value: string })
    for (let n = 0; n < operators; n++) stream = stream.map(value => value)
  })
  stream.to(output)
  return p
}

test('a long pipeline runs', async () => {
  await using driver = await testDriver(long(600, 600))
  await driver.input(input).send('k', 'v')
  expect(
    driver
      .output(output)
      .read()
      .map(({ value }) => value),
  ).toEqual(['v'])
})

test('more operators in a row than the stack has room for are refused with the first one beyond', async () => {
  await expect(testDriver(long(1_200))).rejects.toMatchObject({
    code: 'BAD_TOPOLOGY',
    message: expect.stringMatching(/more than 1000 operators follow each other \(operator .*, at .*depth\.test\.ts:/),
    hint: expect.stringContaining('.repartition('),
  })
})
