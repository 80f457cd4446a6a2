import type { Commit } from '../../log.js'
import { code } from '../codes.js'
import type { Cluster } from '../connection/cluster.js'
import { CoordinatorLink } from '../connection/coordinators.js'
import type { Link } from '../connection/link.js'
import { TryAgain } from '../connection/retry.js'
import { refusal } from '../refusal.js'
import { offsetCommitRequest } from '../requests/offset-commit.js'

/** Sets the positions of a group, outside of a transaction. @throws SluiceError FENCED, BROKER */
export async function commitOffsets(cluster: Cluster, link: Link, { group, claim, positions }: Commit): Promise<void> {
  const what = `committing the positions of group ${group}`
  const coordinator = new CoordinatorLink(cluster, link, 'group', group)
  const request = offsetCommitRequest(group, claim, positions)
  await cluster.retry(
    what,
    async () => {
      const results = await coordinator.send(
        request,
        list => list.find(one => one.error !== code.none)?.error ?? code.none,
      )
      const bad = results.find(one => one.error !== code.none)
      if (bad === undefined) return
      if (bad.error === code.requestTimedOut) throw new TryAgain('REQUEST_TIMED_OUT')
      throw refusal(bad.error, what, { topic: bad.topic, partition: bad.partition })
    },
    { timeout: cluster.settings.deliveryTimeout },
  )
}
