import { reset as resetApplication, type Reset } from '../../runtime/reset.js'
import { agreed } from '../agreed.js'
import { moduleName, parse } from '../args.js'
import type { Command } from '../command.js'
import { loadPipeline } from '../load-module.js'
import { logOptions, logUsage, withLog } from '../log-options.js'

const usage = `sluice reset <module> ${logUsage} [--state-dir <dir>] [--yes]
       makes the application of a pipeline begin anew: its inputs where its sources say, its internal topics and its
       state gone. Topics that it reads or writes by name stay as they are. Stop all of its instances first;
       without --yes it tells what it will do and asks`

export const reset: Command = {
  usage,
  summary: 'makes an application begin anew: positions, internal topics, state',
  async run(args, context) {
    const { values, positionals } = parse(args, usage, {
      ...logOptions,
      'state-dir': { type: 'string', default: './sluice-state' },
      yes: { type: 'boolean' },
    })
    const module = moduleName(positionals, usage)
    const spec = (await loadPipeline(module)).lower()
    await withLog(values, usage, async log => {
      const done = await resetApplication(log, spec, values['state-dir'], async plan => {
        context.say(told(plan))
        return values.yes === true || agreed(`reset ${plan.application}? [y/N] `, context, usage)
      })
      context.say(done ? `${spec.application} begins anew` : 'nothing was changed')
    })
  },
}

function told({ application, positions, topics, directory }: Reset): string {
  const inputs = [...new Set(positions.map(({ topic }) => topic).filter(topic => !topics.includes(topic)))]
  return [
    `${application}: reads ${inputs.join(', ') || 'nothing'} from where its sources begin`,
    `deletes topics: ${topics.join(', ') || 'none'}`,
    `deletes state: ${directory ?? 'in the log'}`,
  ].join('\n')
}
