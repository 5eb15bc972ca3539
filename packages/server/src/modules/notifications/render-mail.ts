import { assert, messageOf } from '@perennial/core/fault'
import type { MailSettings } from '../../platform/command/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { isMailName } from './mails/mail-catalogue.ts'
import {
  chooseTexts,
  ourTexts,
  renderTexts,
  type MailTexts,
  type RenderedMail,
} from './mails/mail-texts.ts'
import { toValues, type MailContext } from './mails/to-values.ts'

export type MailSource = MailContext & {
  readonly mail: Pick<MailSettings, 'language'>
  /** What the merchant has written for this kind of mail, in any language. */
  readonly written: readonly MailTexts[]
  /** Told when the merchant's own text cannot be rendered; the mail then goes out in ours. */
  readonly onBroken?: (reason: string) => void
}

/** A queued mail in its final words, in the customer's language, or else the account's, where there is a text in it. */
export function renderMail(
  queued: { readonly template: string; readonly data: JsonObject },
  source: MailSource,
): RenderedMail {
  const { template: name, data } = queued
  assert(isMailName(name), `there is a template ${name}`)
  const { language } = data
  const wanted = [typeof language === 'string' ? language : null, source.mail.language]
  const texts = chooseTexts(name, source.written, wanted)
  const render = (chosen: MailTexts) =>
    renderTexts(chosen, toValues({ name, data }, source, chosen.language))
  if (source.written.includes(texts)) {
    try {
      return render(texts)
    } catch (error) {
      source.onBroken?.(messageOf(error))
    }
  }
  return render(ourTexts(name))
}
