/** Currencies and how many digits their amounts have after the point: ISO 4217, list one, as of January 2026. */

/** Everything a shop may be paid in; funds codes, metals and test codes are left out. */
const CURRENCIES: ReadonlySet<string> = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK
   DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
   KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
   OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
   TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`.match(/[A-Z]{3}/g),
);

/** Where it is not two. Intl is no source: CLDR, which it follows, has its own idea of AFN, HUF, IQD and a dozen others. */
const MINOR_UNIT_DIGITS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
]);

/** How many digits an amount in this currency has after the point; undefined for what is no currency of the list. */
export function minorUnitDigits(currency: string): number | undefined {
  return CURRENCIES.has(currency) ? (MINOR_UNIT_DIGITS.get(currency) ?? 2) : undefined;
}

/** Whether `amount` is a decimal of exactly the currency's digits, without sign or needless zeros in front: `12.34` USD, `1234` JPY. */
export function isAmountOf(amount: string, currency: string): boolean {
  const digits = minorUnitDigits(currency);
  if (digits === undefined || !/^(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?$/.test(amount)) return false;
  return (amount.split('.')[1] ?? '').length === digits;
}
