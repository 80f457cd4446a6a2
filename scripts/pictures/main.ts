import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scenes } from './scenes/index.js'
import { svg } from './timeline.js'

const folder = join(import.meta.dirname, '../../docs/pictures')
await mkdir(folder, { recursive: true })
for (const { name, draw } of scenes) await writeFile(join(folder, `${name}.svg`), svg(await draw()))
console.log(`${scenes.length} pictures in docs/pictures`)
