/** Currencies and the number of digits after the decimal point: ISO 4217, list one, January 2026. */

/** The currencies of payments. Funds codes, metals and test codes are left out. */
const CURRENCIES: ReadonlySet<string> = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK
   DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
   KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
   OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
   TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`.match(/[A-Z]{3}/g),
);

/** Currencies that do not have two digits. Intl cannot be used: its data, CLDR, differ from ISO 4217 for AFN, HUF, IQD and others. */
const MINOR_UNIT_DIGITS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
]);

/** The number of digits after the decimal point, 0, 2 or 3; undefined for a currency that is not in the list. */
export function minorUnitDigits(currency: string): number | undefined {
  return CURRENCIES.has(currency) ? (MINOR_UNIT_DIGITS.get(currency) ?? 2) : undefined;
}

/**
 * The text of an amount that may be a JSON number: with the currency's digits if the number is exactly that amount (18 and 18.5 are, in USD),
 * otherwise the number's own shortest text, which `isAmountOf` refuses (0.1 + 0.2 in USD, 1.5 in JPY). A text is returned as it is.
 */
export function amountText(amount: string | number, currency: string): string {
  if (typeof amount === 'string') return amount;
  const text = amount.toFixed(minorUnitDigits(currency) ?? 0);
  return Number(text) === amount ? text : String(amount);
}

/** Whether `amount` has exactly the currency's digits, no sign and no leading zeros, and at most twelve digits before the point: `12.34` USD, `1234` JPY. */
export function isAmountOf(amount: string, currency: string): boolean {
  const digits = minorUnitDigits(currency);
  if (digits === undefined || !/^(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?$/.test(amount)) return false;
  return (amount.split('.')[1] ?? '').length === digits;
}
