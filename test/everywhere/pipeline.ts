import type { Pipeline } from 'sluice'
import { joinsPipeline } from './joins.js'
import { tablesPipeline } from './tables.js'
import { windowsPipeline } from './windows.js'

const all = { windows: windowsPipeline, joins: joinsPipeline, tables: tablesPipeline } as const

export type Kind = keyof typeof all

/** One of the pipelines, under the application's name. */
export function pipelineOf(kind: Kind, app: string): Pipeline {
  return all[kind](app, import.meta.url)
}

/** What threads run: they find its name in the environment. */
const [kind, app] = (process.env['EVERYWHERE'] ?? 'windows none').split(' ') as [Kind, string]
export default pipelineOf(kind, app)
