import type { BankForm } from './page-data.ts'
import { text } from './text.ts'

/** The bank's page is opened by a form with what it has to know; the payer sends it. */
export function GoToBank({ data }: { readonly data: BankForm }) {
  return (
    <main>
      <h1>{text.bank.heading}</h1>
      <p>{text.bank.body}</p>
      <form method="post" action={data.url}>
        {Object.entries(data.fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <button type="submit" className="main-button">
          {text.bank.go}
        </button>
      </form>
    </main>
  )
}

export function BackFromBank() {
  return (
    <main>
      <h1>{text.bank.overHeading}</h1>
      <p>{text.bank.overBody}</p>
    </main>
  )
}
