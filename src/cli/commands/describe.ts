import { moduleName, parse, UsageError } from '../args.js'
import { print, type Command } from '../command.js'
import { loadPipeline } from '../load-module.js'

const usage = 'sluice describe <module> [--mermaid | --dot | --json]'

export const describe: Command = {
  usage,
  summary: 'shows how a pipeline is cut into sub-topologies, with its stores and topics',
  async run(args, context) {
    const { values, positionals } = parse(args, usage, {
      mermaid: { type: 'boolean' },
      dot: { type: 'boolean' },
      json: { type: 'boolean' },
    })
    const module = moduleName(positionals, usage)
    const forms = Object.keys(values)
    if (forms.length > 1) throw new UsageError(`one form at a time, not ${forms.join(' and ')}`, usage)

    const description = (await loadPipeline(module)).describe()
    const text =
      values.mermaid === true
        ? description.toMermaid()
        : values.dot === true
          ? description.toDot()
          : values.json === true
            ? JSON.stringify(description.toJSON(), null, 2)
            : description.toString()
    await print(context, text.endsWith('\n') ? text : `${text}\n`)
  },
}
