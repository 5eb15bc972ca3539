import { accepted, refused } from '../../../platform/command/index.ts'
import { openCustomerLink } from '../links/open-link.ts'
import type { CardPageHost } from '../page/card-page.ts'
import type { CustomerCardDeps } from './customer-deps.ts'
import { readView } from './read-view.ts'
import { continueCard, takeCard } from './take-card.ts'

/** The card page of the account's own customers. */
export function createCustomerHost(deps: CustomerCardDeps): CardPageHost {
  return {
    open: async (token) => {
      const opened = await openCustomerLink(deps, token)
      if (opened.kind === 'refused') return opened
      const context = await deps.openContext(opened.value.accountId)
      const view = await readView(context, opened.value)
      return view === null ? refused('link_unknown') : accepted(view)
    },
    give: (token, given) => takeCard(deps, token, given),
    continue: (token) => continueCard(deps, token),
  }
}
