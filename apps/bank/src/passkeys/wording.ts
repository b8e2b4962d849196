/** The registration screen in the languages of the countries served. What is agreed to is exactly what was shown. */

export const COUNTRIES = ['US', 'CA', 'MX'] as const;
export type Country = (typeof COUNTRIES)[number];

export const LANGUAGES = ['en', 'es', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Wording {
  readonly title: string;
  readonly lead: string;
  readonly choose: string;
  readonly country: string;
  readonly language: string;
  readonly apply: string;
  readonly steps: readonly [string, string, string];
  readonly sharedTitle: string;
  readonly shared: string;
  readonly consentTitle: string;
  /** `{terms}` and `{privacy}` become links, `{agree}` the button's name, `{country}` the country's. */
  readonly consent: string;
  readonly withdrawal: string;
  readonly terms: string;
  readonly privacy: string;
  readonly agree: string;
  readonly notNow: string;
}

export const WORDING: Readonly<Record<Language, Wording>> = {
  en: {
    title: 'Set up a payment passkey',
    lead: 'Approve online payments with your fingerprint, your face or your screen lock. No passwords, no codes to copy.',
    choose: 'The text below follows your choice.',
    country: 'Country',
    language: 'Language',
    apply: 'Show this version',
    steps: [
      'You agree here.',
      'Your card network asks this device to create a passkey.',
      'You come back to us, and your cards are ready.',
    ],
    sharedTitle: 'What we share',
    shared: 'We send these details to the card network, encrypted, so that it can recognize your cards:',
    consentTitle: 'Your agreement',
    consent:
      'By choosing “{agree}” you accept the {terms} ({country}), and you confirm that you have read the {privacy}. You allow us to share the details above with the card network to create your payment passkey.',
    withdrawal: 'You can stop using your payment passkey at any time. Your cards keep working as before.',
    terms: 'Terms of Use',
    privacy: 'Privacy Notice',
    agree: 'Agree and continue',
    notNow: 'Not now',
  },
  es: {
    title: 'Configure una llave de acceso para pagos',
    lead: 'Apruebe sus pagos en línea con su huella, su rostro o el bloqueo de pantalla. Sin contraseñas ni códigos que copiar.',
    choose: 'El texto de abajo cambia según su elección.',
    country: 'País',
    language: 'Idioma',
    apply: 'Mostrar esta versión',
    steps: [
      'Usted acepta aquí.',
      'La red de su tarjeta pide a este dispositivo que cree una llave de acceso.',
      'Usted regresa con nosotros y sus tarjetas están listas.',
    ],
    sharedTitle: 'Qué compartimos',
    shared: 'Enviamos estos datos cifrados a la red de tarjetas para que reconozca sus tarjetas:',
    consentTitle: 'Su consentimiento',
    consent:
      'Al elegir «{agree}», usted acepta los {terms} ({country}) y confirma que ha leído el {privacy}. Nos autoriza a compartir los datos anteriores con la red de tarjetas para crear su llave de acceso para pagos.',
    withdrawal:
      'Puede dejar de usar su llave de acceso en cualquier momento. Sus tarjetas seguirán funcionando como antes.',
    terms: 'Términos de uso',
    privacy: 'Aviso de privacidad',
    agree: 'Aceptar y continuar',
    notNow: 'Ahora no',
  },
  fr: {
    title: 'Configurer une clé d’accès de paiement',
    lead: 'Approuvez vos paiements en ligne avec votre empreinte, votre visage ou le verrouillage de l’écran. Aucun mot de passe, aucun code à recopier.',
    choose: 'Le texte ci-dessous suit votre choix.',
    country: 'Pays',
    language: 'Langue',
    apply: 'Afficher cette version',
    steps: [
      'Vous donnez votre accord ici.',
      'Le réseau de votre carte demande à cet appareil de créer une clé d’accès.',
      'Vous revenez chez nous, et vos cartes sont prêtes.',
    ],
    sharedTitle: 'Ce que nous partageons',
    shared: 'Nous envoyons ces données chiffrées au réseau de cartes afin qu’il reconnaisse vos cartes :',
    consentTitle: 'Votre accord',
    consent:
      'En choisissant « {agree} », vous acceptez les {terms} ({country}) et confirmez avoir lu l’{privacy}. Vous nous autorisez à partager les données ci-dessus avec le réseau de cartes pour créer votre clé d’accès de paiement.',
    withdrawal: 'Vous pouvez cesser d’utiliser votre clé d’accès à tout moment. Vos cartes fonctionneront comme avant.',
    terms: 'Conditions d’utilisation',
    privacy: 'Avis de confidentialité',
    agree: 'Accepter et continuer',
    notNow: 'Pas maintenant',
  },
};

/** A country's name in a language: `México`. */
export function countryName(country: Country, language: Language): string {
  return new Intl.DisplayNames([language], { type: 'region' }).of(country) ?? country;
}

/** A language's name in itself: `español`. */
export function languageName(language: Language): string {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
