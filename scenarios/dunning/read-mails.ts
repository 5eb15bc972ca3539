import { memberOf, textOf, type ScenarioWorld } from '@perennial/testkit/scenario'

/** "2027-03-01 retry_failed" of every mail of this merchant, oldest first, by the account's calendar. */
export async function readMails(world: ScenarioWorld): Promise<readonly string[]> {
  const rows = (await world.api.get('/mails?limit=100')).at('data')
  if (!Array.isArray(rows)) return []
  return rows
    .toReversed()
    .map((row) => `${textOf(row, 'created_at').slice(0, 10)} ${textOf(row, 'template')}`)
}

/** The latest mail as its reader gets it. */
export async function readLatest(
  world: ScenarioWorld,
): Promise<{ readonly subject: string; readonly text: string; readonly html: string }> {
  const rows = (await world.api.get('/mails?limit=1')).at('data')
  const [latest]: readonly unknown[] = Array.isArray(rows) ? rows : []
  const mail = (await world.api.get(`/mails/${textOf(latest, 'id')}`)).at('data')
  return {
    subject: textOf(mail, 'subject'),
    text: textOf(mail, 'text'),
    html: textOf(mail, 'html'),
  }
}

/** "grace full payment_failed 2027-03-04": what may be used, why it is no more, and until when. */
export async function readAccess(subscriber: {
  show(): Promise<{ at(path: string): unknown }>
}): Promise<string> {
  const access = (await subscriber.show()).at('data.access')
  const parts = ['status', 'level', 'reason', 'until'].map((part) => String(memberOf(access, part)))
  return parts.join(' ').replace('T00:00:00.000Z', '')
}

/** "2 Grace period info false": phase, label, severity and whether access is restricted. */
export async function readPhase(subscriber: {
  show(): Promise<{ at(path: string): unknown }>
}): Promise<string> {
  const dunning = (await subscriber.show()).at('data.dunning')
  const parts = ['phase', 'phase_label', 'phase_severity', 'access_restricted']
  return parts.map((part) => String(memberOf(dunning, part))).join(' ')
}
