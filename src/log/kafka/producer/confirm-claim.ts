import type { GroupClaim } from '../../log.js'
import { code } from '../codes.js'
import type { Cluster } from '../connection/cluster.js'
import { CoordinatorLink } from '../connection/coordinators.js'
import type { Link } from '../connection/link.js'
import { refusal } from '../refusal.js'
import { heartbeatRequest } from '../requests/heartbeat.js'

/** Asks the group whether a claim still counts; it does until the next assignment. @throws SluiceError FENCED, BROKER */
export async function confirmClaim(cluster: Cluster, link: Link, claim: GroupClaim): Promise<void> {
  const what = `confirming the place in group ${claim.group}`
  const coordinator = new CoordinatorLink(cluster, link, 'group', claim.group)
  const request = heartbeatRequest(claim)
  const error = await cluster.retry(what, () => coordinator.send(request, one => one), {
    timeout: cluster.settings.deliveryTimeout,
  })
  if (error !== code.none && error !== code.rebalanceInProgress) throw refusal(error, what, {})
}
