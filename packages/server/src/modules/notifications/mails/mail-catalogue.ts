/** A mail to customers that a merchant can rewrite. */
export type MailKind = {
  readonly name: MailName
  readonly description: string
  readonly subject: string
  /** What its templates may print, beside what every mail may: see `SHARED_VARIABLES`. */
  readonly variables: Readonly<Record<string, string>>
}

export const MAIL_NAMES = [
  'invoice_sent',
  'invoice_reminder',
  'payment_failed',
  'retry_failed',
  'urgent_update',
  'service_suspended',
  'subscription_paused',
  'subscription_canceled',
  'payment_recovered',
  'card_expiring',
  'collection_notice',
  'payment_receipt',
  'refund_receipt',
] as const
export type MailName = (typeof MAIL_NAMES)[number]

export function isMailName(name: string): name is MailName {
  return MAIL_NAMES.some((known) => known === name)
}

export const SHARED_VARIABLES: Readonly<Record<string, string>> = {
  merchant: 'Name that customers know the business by.',
  customer_name: 'Name of the customer; empty when unknown.',
  support_email: 'Where customers write to; empty when not set.',
  support_phone: 'Where customers call; empty when not set.',
  website_url: 'Website of the business; empty when not set.',
  color: 'Colour of headings and buttons.',
  accent_color: 'Second colour.',
  logo_url: 'Address of the logo; empty when not set.',
  button_text_color: 'White or black, whichever stands out on `color`.',
  language: 'Language of this text, such as "en".',
}

const invoice = {
  invoice_number: 'Number of the invoice.',
  amount: 'What is owed, with its currency.',
} as const

const failure = {
  ...invoice,
  product_name: 'What is subscribed to; empty when it has no product.',
  card: 'Brand and last digits of the card, such as "Visa ending in 4242"; empty for other methods.',
  card_brand: 'Brand of the card, such as "Visa".',
  card_last4: 'Its last digits; empty for other methods.',
  next_retry_on: 'Day of the next try; empty when there is none.',
  access_ends_on: 'Day on which access ends; empty when it does not, or has.',
  update_url: 'Page on which another card is given; it works once, for three days.',
} as const

/** Every mail, in the order of a customer's life. */
export const MAIL_KINDS: Readonly<Record<MailName, MailKind>> = {
  invoice_sent: {
    name: 'invoice_sent',
    description: 'An invoice to be paid by transfer or by hand.',
    subject: 'Invoice {{ invoice_number }} from {{ merchant }}',
    variables: {
      ...invoice,
      due_on: 'Day on which it is due.',
      period: 'What it is for; empty when for no period.',
    },
  },
  invoice_reminder: {
    name: 'invoice_reminder',
    description: 'An invoice that is 1, 7, 14 or 30 days overdue.',
    subject: 'Reminder: invoice {{ invoice_number }} from {{ merchant }} is overdue',
    variables: { ...invoice, due_on: 'Day on which it was due.' },
  },
  payment_failed: {
    name: 'payment_failed',
    description: 'The first charge of a renewal was refused.',
    subject: 'Your payment to {{ merchant }} failed',
    variables: failure,
  },
  retry_failed: {
    name: 'retry_failed',
    description: 'Another try was refused.',
    subject: 'We could not collect your payment to {{ merchant }}',
    variables: failure,
  },
  urgent_update: {
    name: 'urgent_update',
    description: 'Access is about to end.',
    subject: 'Urgent: update your payment method for {{ merchant }}',
    variables: failure,
  },
  service_suspended: {
    name: 'service_suspended',
    description: 'Access has ended.',
    subject: 'Your service from {{ merchant }} is suspended',
    variables: failure,
  },
  subscription_paused: {
    name: 'subscription_paused',
    description: 'A campaign has paused the subscription.',
    subject: 'Your subscription to {{ merchant }} is paused',
    variables: failure,
  },
  subscription_canceled: {
    name: 'subscription_canceled',
    description: 'A campaign has ended the subscription.',
    subject: 'Your subscription to {{ merchant }} has ended',
    variables: failure,
  },
  payment_recovered: {
    name: 'payment_recovered',
    description: 'What had failed was paid after all.',
    subject: 'Thank you: your payment to {{ merchant }} arrived',
    variables: failure,
  },
  card_expiring: {
    name: 'card_expiring',
    description: 'The card of a running subscription ends soon.',
    subject: 'Your card on file with {{ merchant }} ends soon',
    variables: {
      product_name: 'What is subscribed to; empty when it has no product.',
      card: 'Brand and last digits of the card, such as "Visa ending in 4242".',
      card_brand: 'Brand of the card, such as "Visa".',
      card_last4: 'Its last digits.',
      card_ends_on: 'Last day of the card.',
      update_url: 'Page on which another card is given; it works once, for three days.',
    },
  },
  collection_notice: {
    name: 'collection_notice',
    description: 'A Bacs debit comes in five banking days.',
    subject: '{{ merchant }} will collect {{ amount }} on {{ collects_on }}',
    variables: {
      invoice_number: 'Number of the invoice.',
      amount: 'What is collected, with its currency.',
      collects_on: 'Day on which the money leaves the account.',
      account_last4: 'Last digits of the account.',
      mandate_ref: 'Reference of the instruction.',
    },
  },
  payment_receipt: {
    name: 'payment_receipt',
    description: 'A payment has gone through, and a receipt was asked for.',
    subject: 'Receipt for your payment of {{ amount }} to {{ merchant }}',
    variables: {
      receipt_number: 'Number of the receipt: the id of the payment.',
      amount: 'What was paid, with its currency.',
      paid_on: 'Day on which it was paid.',
      description: 'What the payment intent says it is for; empty for an invoice.',
      invoice_number: 'Number of the invoice it was for; empty without one.',
      lines:
        'What the invoice lists, one a line, once it is paid; in HTML print it with `| escape | newline_to_br | raw`. Empty before, and without one.',
      total: 'What those lines come to; empty without them.',
      included_tax: 'Tax that those lines include; empty without any.',
      amount_left: 'What is still owed on the invoice; empty when nothing is.',
      card: 'Brand and last digits of the card, such as "Visa ending in 4242"; empty for other methods.',
      card_brand: 'Brand of the card, such as "Visa".',
      card_last4: 'Its last digits; empty for other methods.',
    },
  },
  refund_receipt: {
    name: 'refund_receipt',
    description: 'A refund of a payment has gone through of which a receipt was asked for.',
    subject: '{{ merchant }} has refunded {{ amount }}',
    variables: {
      receipt_number: 'Number of the receipt: the id of the refund.',
      amount: 'What has gone back, with its currency.',
      refunded_on: 'Day on which it went.',
      invoice_number: 'Number of the invoice that was paid with it; empty without one.',
      card: 'Brand and last digits of the card that it goes back to; empty for other methods.',
      card_brand: 'Brand of the card, such as "Visa".',
      card_last4: 'Its last digits; empty for other methods.',
    },
  },
}
