import type { Charge } from '../../charges/charge.ts'
import type { Answer } from '../answer.ts'

/**
 * What a cardholder's bank would show: GET …/authenticate, where a charge that needs action sends
 * its customer. Once they have decided, they go back to `return_url` where the address of the page names one.
 */
export function showAuthentication({ attempt, status }: Charge, returnUrl: string | null): Answer {
  const amount = escapeHtml(
    `${attempt.amountMinor} minor units of ${attempt.currency.toUpperCase()}`,
  )
  const ask =
    status === 'needs_action'
      ? `<p>Do you confirm this payment of ${amount}?</p>
<form method="post">
<button name="result" value="succeeded">Confirm</button>
<button name="result" value="failed">Refuse</button>
</form>`
      : `<p>This payment of ${amount} is ${status === 'succeeded' ? 'confirmed' : 'refused'}. ${wayBack(returnUrl)}</p>`
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Simulated bank</title>
<h1>Simulated bank</h1>
${ask}
</html>
`
  return { kind: 'html', status: 200, page }
}

function wayBack(returnUrl: string | null): string {
  if (returnUrl === null || !/^https?:\/\//i.test(returnUrl)) return 'You may close this page.'
  const url = escapeHtml(returnUrl)
  return `<a href="${url}">Back to the shop</a>\n<meta http-equiv="refresh" content="0; url=${url}">`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
