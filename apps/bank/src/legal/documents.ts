/** The terms and the privacy notice that a consent is to: what is shown, what is linked, and what the network is told. */
import type { ComplianceResource } from '@payment-passkeys/issuer/server';
import { type Country, countryName, type Language } from '../passkeys/wording.ts';

export const LEGAL_DOCUMENTS = ['terms', 'privacy'] as const;
export type LegalDocument = (typeof LEGAL_DOCUMENTS)[number];

/** One version for all countries and languages. Changing a text means a new version and date: consents name them. */
export const LEGAL_VERSION = { version: '1.0', datePublished: '2026-10-01' } as const;

export interface LegalPlace {
  readonly country: Country;
  readonly language: Language;
}

export function legalPath(document: LegalDocument, { country, language }: LegalPlace): string {
  return `/legal/${document}?country=${country}&language=${language}`;
}

/** Both documents as the Sessions API takes them. */
export function buildComplianceResources(
  place: LegalPlace & { readonly publicUrl: string },
): readonly ComplianceResource[] {
  const resource = (complianceType: string, document: LegalDocument): ComplianceResource => ({
    complianceType,
    uri: new URL(legalPath(document, place), place.publicUrl).href,
    ...LEGAL_VERSION,
  });
  return [resource('TERMS_AND_CONDITIONS', 'terms'), resource('PRIVACY_POLICY', 'privacy')];
}

/** `{country}` stands for the country's name. */
const TEXTS: Readonly<Record<Language, Readonly<Record<LegalDocument, readonly string[]>>>> = {
  en: {
    terms: [
      'A payment passkey lets you approve payments with your Larkmoor cards in {country} by unlocking your own device.',
      'Keep your device and its screen lock to yourself: whoever can unlock it can approve payments. If you lose it, tell us at once and we stop the passkey.',
      'Your card agreement applies to every payment, and so do your rights to dispute one. The passkey costs nothing, and you may stop using it at any time.',
    ],
    privacy: [
      'To create your payment passkey in {country} we share your card numbers, e-mail address and mobile number with the card network, encrypted.',
      'Your fingerprint and your face never leave your device. Neither we nor the card network receive them.',
      'We keep a record of what you agreed to and when. You may ask us at any time what we hold about you, and to correct or delete it.',
    ],
  },
  es: {
    terms: [
      'Una llave de acceso para pagos le permite aprobar pagos con sus tarjetas Larkmoor en {country} al desbloquear su propio dispositivo.',
      'No comparta su dispositivo ni su bloqueo de pantalla: quien pueda desbloquearlo puede aprobar pagos. Si lo pierde, avísenos de inmediato y detendremos la llave.',
      'Su contrato de tarjeta se aplica a cada pago, al igual que su derecho a impugnarlo. La llave no tiene costo y puede dejar de usarla en cualquier momento.',
    ],
    privacy: [
      'Para crear su llave de acceso para pagos en {country} compartimos los números de sus tarjetas, su correo electrónico y su número móvil, cifrados, con la red de tarjetas.',
      'Su huella y su rostro nunca salen de su dispositivo. Ni nosotros ni la red de tarjetas los recibimos.',
      'Guardamos constancia de lo que aceptó y cuándo. Puede preguntarnos en cualquier momento qué datos tenemos y pedir que los corrijamos o eliminemos.',
    ],
  },
  fr: {
    terms: [
      'Une clé d’accès de paiement vous permet d’approuver des paiements avec vos cartes Larkmoor ({country}) en déverrouillant votre propre appareil.',
      'Gardez pour vous votre appareil et son verrouillage : quiconque peut le déverrouiller peut approuver des paiements. En cas de perte, prévenez-nous aussitôt et nous bloquerons la clé.',
      'Votre contrat de carte s’applique à chaque paiement, tout comme votre droit de le contester. La clé est gratuite et vous pouvez cesser de l’utiliser à tout moment.',
    ],
    privacy: [
      'Pour créer votre clé d’accès de paiement ({country}), nous partageons vos numéros de carte, votre adresse courriel et votre numéro de mobile, chiffrés, avec le réseau de cartes.',
      'Votre empreinte et votre visage ne quittent jamais votre appareil. Ni nous ni le réseau de cartes ne les recevons.',
      'Nous conservons la trace de ce que vous avez accepté et de la date. Vous pouvez à tout moment demander ce que nous savons de vous, et le faire corriger ou effacer.',
    ],
  },
};

export function legalText(document: LegalDocument, { country, language }: LegalPlace): readonly string[] {
  const name = countryName(country, language);
  return TEXTS[language][document].map((paragraph) => paragraph.replaceAll('{country}', name));
}
