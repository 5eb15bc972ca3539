import type { RecoveryClient } from '../../modules/recovery/index.ts'

/** The payer sees the merchant and nobody else. The card form belongs to the merchant's gateway and goes into `#card`. */
export function renderCardPage(
  client: Pick<RecoveryClient, 'brandName' | 'brandLogoUrl' | 'brandPrimaryColor' | 'accountName'>,
): string {
  const name = escape(client.brandName ?? client.accountName)
  const color = client.brandPrimaryColor ?? '#6366f1'
  const logo =
    client.brandLogoUrl === null
      ? '<p class="logo" aria-hidden="true">&#128274;</p>'
      : `<img class="logo" src="${escape(client.brandLogoUrl)}" alt="">`
  const body = `${logo}<h1>${name}</h1><p>Please add a new card for your payments to ${name}.</p><div id="card"></div>`
  return document({ title: name, color, body })
}

/** Unknown, used or expired: says nothing about whose link it was. */
export function renderOverPage(): string {
  const body = '<h1>This link does not work any more</h1><p>Please ask for a new one.</p>'
  return document({ title: 'Link', color: '#333333', body })
}

function document(of: { readonly title: string; readonly color: string; readonly body: string }) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${of.title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#111}
h1{font-size:1.5rem;border-bottom:3px solid ${of.color};padding-bottom:.5rem}.logo{max-height:3rem;font-size:2rem;margin:0}</style>
</head><body><main>${of.body}</main></body></html>
`
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
