import type { Observable } from 'rxjs'
import { emitCommitted } from '../src/operators/emit-committed.js'
import { rxjs } from '../src/rxjs.js'
import { checkStream, type Fluent } from './fluent.js'
import { callSite } from './place.js'
import type { Stream } from './stream.js'

/**
 * The values of a stream as an Observable, each emitted when the commit that takes its record has succeeded: what a failed
 * commit leaves behind is never seen, and comes once more when it is worked on again. Values are those of the tasks of
 * this process, in the order of each task. It is hot: what is committed while nobody is subscribed is not kept.
 *
 * RxJS has no back-pressure, so a subscriber that works synchronously holds the pipeline up, and one that collects (such as
 * `concatMap` over slow calls) does so without a bound. What waits for a commit is bounded by `maxUncommittedBytes`. For
 * work that must happen for each record, use the operators of the stream: a process that dies between a commit and the
 * emission does not emit again.
 *
 * The Observable never ends and never fails, as a pipeline can be started again: `app.state$` tells of its end. With
 * `start({ threads })` above 1 the values would be in other threads: that is refused.
 *
 * RxJS's own `from` takes a stream as well, but asks for its values only when somebody subscribes: that has to be before the
 * pipeline is sealed, and is an error of the Observable otherwise. This one may be subscribed to at any time.
 *
 * @throws SluiceError BAD_TOPOLOGY once the pipeline is sealed
 * @example
 * from(orders.filter(order => order.price > 1000)).subscribe(order => console.log('a big one', order))
 */
export function from<V>(stream: Stream<any, V, any>): Observable<V> {
  const line = callSite()
  checkStream(stream, 'from()', line)
  const { '~graph': graph, '~node': parent }: Fluent = stream
  const values = new (rxjs().Subject)<V>()
  graph.add({
    kind: 'step',
    type: 'from',
    parents: [parent],
    line,
    key: parent.key,
    value: parent.value,
    operator: emitCommitted(values),
    uses: { key: false, value: true, passesKey: false, passesValue: false },
    rekeys: false,
    ends: true,
    callback: values,
  })
  return values.asObservable()
}

/** Lets RxJS's own `from`, and whatever else takes an Observable, take a stream. */
export function makeObservable(prototype: object): void {
  Object.defineProperty(prototype, observable(), {
    value(this: Stream<any, any, any>): Observable<unknown> {
      return from(this)
    },
  })
}

/** What RxJS takes an Observable by, told without loading it. */
function observable(): PropertyKey {
  return (Symbol as { readonly observable?: symbol }).observable ?? '@@observable'
}
