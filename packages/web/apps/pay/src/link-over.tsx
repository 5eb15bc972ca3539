import { Notice } from './notice.tsx'
import type { LinkOver } from './page-data.ts'
import { text } from './text.ts'

/** A link that opens nothing: the same for everybody, so that it tells nothing about whose it was. */
export function LinkOverText(props: {
  readonly reason: LinkOver['reason']
  readonly takesFocus?: boolean
}) {
  const { heading, body } = text.over[props.reason]
  return props.takesFocus === true ? (
    <main>
      <Notice tone="bad" heading={heading} isAll>
        <p>{body}</p>
      </Notice>
    </main>
  ) : (
    <main>
      <h1>{heading}</h1>
      <p>{body}</p>
    </main>
  )
}
