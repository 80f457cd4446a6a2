import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { directly, scratch, sluice } from './shell.js'

const root = resolve(import.meta.dirname, '../..')

const pipeline = `import { pipeline, string, topic } from 'sluice'
import { upper } from './upper.js'

const app = pipeline('app', { module: import.meta.url })
app.stream(topic('lines', { key: string, value: string })).map(line => upper(line)).to(topic('upper', { key: string, value: string }))

export default app
`
const upper = 'export const upper = (line: string): string => line.toUpperCase()\n'

it.each([
  ['of modules', 'pipeline.ts', { type: 'module' }],
  ['as npm init makes it', 'pipeline.ts', { name: 'app', version: '1.0.0', main: 'index.js', type: 'commonjs' }],
  ['that says nothing of modules', 'pipeline.ts', {}],
  ['where its name says that it is no module', 'pipeline.cts', { type: 'module' }],
])('sluice run takes TypeScript of a project %s', async (_, file, manifest) => {
  const dir = await scratch()
  await mkdir(join(dir, 'node_modules'))
  await symlink(root, join(dir, 'node_modules/sluice'))
  await writeFile(join(dir, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(dir, file), pipeline)
  await writeFile(join(dir, 'upper.ts'), upper)

  const log = ['--log', join(dir, 'data')]
  await directly(['topics', 'create', 'lines', 'upper', ...log])
  await directly(['produce', 'lines', ...log], 'a\tone\n')
  const { code, err } = await sluice(['run', join(dir, file), '--until-drained', ...log])
  expect(err).toContain('stopped after 1 record ')
  expect(code).toBe(0)
  expect(await directly(['consume', 'upper', '--from-beginning', ...log])).toBe('a\tONE\n')
})

it('sluice describe takes a .cts file whose exports are the pipeline', async () => {
  const dir = await scratch()
  await mkdir(join(dir, 'node_modules'))
  await symlink(root, join(dir, 'node_modules/sluice'))
  const file = join(dir, 'pipeline.cts')
  await writeFile(
    file,
    pipeline
      .replace('export default app', 'export = app')
      .replace(/, \{ module.*\}/, '')
      .replaceAll('upper(line)', 'line')
      .replace(/.*upper\.js.*\n/, ''),
  )
  const { out, err } = await sluice(['describe', file])
  expect(err).toBe('')
  expect(out).toContain('Sub-topology: 0')
})
