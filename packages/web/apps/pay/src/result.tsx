import { brandName } from './card-number.ts'
import { formatAll } from './format-money.ts'
import { Notice } from './notice.tsx'
import type { Brand, NewCard, Outcome } from './page-data.ts'
import { text } from './text.ts'

type Props = {
  readonly outcome: Exclude<Outcome, { result: 'over' }>
  readonly brand: Brand
  readonly onOtherCard: () => void
}

/** What came of the card, and what happens next. */
export function Result({ outcome, brand, onOtherCard }: Props) {
  switch (outcome.result) {
    case 'paid':
      return (
        <Notice tone="good" heading={text.paid.heading} isAll>
          <p>{text.paid.body(formatAll(outcome.paid), brand.name)}</p>
          <p>{nextOf(outcome.card)}</p>
          <p>{text.close}</p>
        </Notice>
      )
    case 'saved':
      return (
        <Notice tone="good" heading={text.saved.heading} isAll>
          {outcome.notCharged !== null && <p>{text.saved.notCharged[outcome.notCharged]}</p>}
          <p>{nextOf(outcome.card)}</p>
          <p>{text.close}</p>
        </Notice>
      )
    case 'processing':
      return (
        <Notice tone="neutral" heading={text.processing.heading} isAll>
          <p>{text.processing.body}</p>
          <p>{text.close}</p>
        </Notice>
      )
    case 'authenticate':
      return (
        <Notice tone="neutral" heading={text.authenticate.heading}>
          <p>{text.authenticate.body}</p>
          <a className="main-button" href={outcome.url}>
            {text.authenticate.go}
          </a>
          <button type="button" className="plain-button" onClick={onOtherCard}>
            {text.authenticate.other}
          </button>
        </Notice>
      )
    case 'declined':
      return (
        <Notice
          tone="bad"
          heading={outcome.isSaved ? text.declined.savedHeading : text.declined.heading}
        >
          <p>
            {outcome.isSaved ? text.declined.saved : text.declined.nothingTaken}{' '}
            {text.declined.advice[outcome.problem]}
          </p>
        </Notice>
      )
    case 'unavailable':
      return (
        <Notice tone="bad" heading={text.unavailable.heading}>
          <p>{text.unavailable.body}</p>
        </Notice>
      )
    case 'busy':
    case 'offline':
      return (
        <Notice tone="bad" heading={text[outcome.result].heading} isAll>
          <p>{text[outcome.result].body}</p>
          <a className="main-button" href={location.pathname}>
            {text.again}
          </a>
        </Notice>
      )
    default:
      return outcome satisfies never
  }
}

function nextOf({ brand, last4 }: NewCard): string {
  return text.next(text.cardOf(brandName(brand), last4))
}
