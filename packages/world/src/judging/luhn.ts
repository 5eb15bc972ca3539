/** Whether the last digit is the check digit of ISO/IEC 7812. */
export function passesLuhn(number: string): boolean {
  return luhnSum(number) % 10 === 0
}

export function withCheckDigit(body: string): string {
  return `${body}${(10 - (luhnSum(`${body}0`) % 10)) % 10}`
}

function luhnSum(number: string): number {
  let sum = 0
  for (let i = 0; i < number.length; i += 1) {
    const digit = Number(number[number.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum
}
