import { exponential, json, long, pipeline, store, string, topic } from 'sluice'
import { build, toBuild, type BuildResult } from './build.js'
import type { Build, Commit } from './commits.js'

const ci = pipeline('commits-to-build', { value: json() })

/** Each repository has a topic of its own, whose only partition is its history. */
const commits = (repository: string) => topic(`commits-${repository}`, { key: string, value: json<Commit>() })
export const compiler = commits('compiler')
export const docs = commits('docs')
export const website = commits('website')
export const tools = commits('tools')
export const builds = topic('build-and-test', { key: string, value: json<Build>() })
export const results = topic('build-results', { key: string, value: json<BuildResult>() })
export const poison = topic('poison-commits', { key: string, value: json() })
export const built = store('builds-per-repository', { key: string, value: long })

// One commit of each repository by turns, so that a busy one does not keep the others waiting.
ci.stream(compiler)
  .merge(ci.stream(docs), ci.stream(website), ci.stream(tools), { fair: true })
  .map(toBuild)
  .deadLetter(poison)
  .to(builds)

ci.stream(builds)
  .mapAsync(build, { concurrency: 4, timeout: '30s' })
  .retry({ attempts: 3, backoff: exponential('100ms') })
  .to(results)

ci.stream(results)
  .groupBy(({ repository, passed }) => `${repository} ${passed ? 'passed' : 'failed'}`)
  .count({ as: built })

export default ci
