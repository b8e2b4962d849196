import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: 'Un instant…',
  requestedBy: 'À la demande de',
  createHeading: 'Créez une clé d’accès pour vos paiements',
  createText:
    'Avec une clé d’accès, vous approuvez vos paiements en ligne par votre empreinte, votre visage ou le verrouillage de l’écran. Aucun mot de passe à retenir, aucun code à saisir.',
  useHeading: 'Utilisez votre clé d’accès',
  useText:
    'Cet appareil contient déjà votre clé d’accès pour les paiements. Utilisez-la une fois pour confirmer votre identité.',
  paymentTo: 'Paiement à',
  payHeading: 'Approuver votre paiement',
  payText: 'Vérifiez le commerçant et le montant, puis approuvez avec votre clé d’accès.',
  amount: 'Montant',
  order: 'Commande {number}',
  payingWith: 'Payer avec',
  payAction: 'Payer avec la clé d’accès',
  confirmAction: 'Confirmer plutôt auprès de votre banque',
  approvedHeading: 'Paiement approuvé',
  verifyHeading: 'Confirmez que cette carte est la vôtre',
  verifyText:
    '{clientName} va confirmer votre identité. Vous créerez ensuite ici une clé d’accès, pour payer avec votre empreinte, votre visage ou le verrouillage de l’écran.',
  agreement: 'En continuant, vous acceptez les {terms} de {network} et confirmez avoir lu son {privacy}.',
  terms: 'conditions d’utilisation',
  privacyNotice: 'avis de confidentialité',
  help: 'Aide',
  agreeAction: 'Accepter et continuer',
  leavingHeading: 'Redirection vers {clientName}',
  accounts: 'Elle fonctionnera avec',
  cardEnding: 'Carte se terminant par {digits}',
  email: 'Adresse e-mail',
  mobile: 'Mobile',
  moreAccounts: '{count} de plus',
  privacy: 'Votre empreinte ou votre visage ne quittent jamais cet appareil.',
  createAction: 'Créer une clé d’accès',
  createAnotherAction: 'Créer une nouvelle clé d’accès',
  useAction: 'Utiliser la clé d’accès',
  useAnotherAction: 'Utiliser une clé d’accès que j’ai déjà',
  declineAction: 'Pas maintenant',
  workingHeading: 'Suivez les étapes sur votre appareil',
  workingText:
    'Il vous demandera votre empreinte, votre visage ou le verrouillage de l’écran. Gardez cette page ouverte.',
  savingHeading: 'C’est presque fini',
  savingText: 'Nous terminons. Cela ne prend qu’un instant.',
  enrolledHeading: 'Votre clé d’accès est prête',
  returningHeading: 'Retour en cours',
  returningToHeading: 'Retour vers {clientName}',
  returningText: 'Si rien ne se passe, continuez avec le bouton ci-dessous.',
  continueAction: 'Continuer',
  continueToAction: 'Continuer vers {clientName}',
  unsupportedHeading: 'Ce navigateur ne prend pas en charge les clés d’accès',
  unsupportedText:
    'Mettez ce navigateur à jour ou utilisez-en un autre, par exemple celui fourni avec votre appareil. Recommencez ensuite depuis {clientName}.',
  noLockHeading: 'Configurez d’abord un verrouillage d’écran',
  noLockText:
    'Une clé d’accès est protégée par votre empreinte, votre visage ou un code PIN, et aucun ne semble configuré sur cet appareil. Activez-le dans les réglages de l’appareil, ou recommencez depuis {clientName} sur votre téléphone.',
  goBackAction: 'Revenir',
  framedHeading: 'Cette page ne s’ouvre que seule',
  framedText:
    'Pour votre sécurité, elle ne fonctionne pas à l’intérieur d’un autre site. Revenez au site ou à l’application d’où vous venez et recommencez.',
  stoppedHeading: 'Impossible de continuer',
  incompleteText:
    'Le lien qui vous a conduit ici est incomplet. Revenez au site ou à l’application d’où vous venez et recommencez.',
  expiredText:
    'Le lien qui vous a conduit ici a expiré ou a déjà servi. Revenez au site ou à l’application d’où vous venez et recommencez.',
  failedText:
    'Une erreur s’est produite, mais rien n’a changé pour vos cartes ni pour vos comptes. Revenez au site ou à l’application d’où vous venez et recommencez.',
  unavailableHeading: 'Indisponible pour le moment',
  unavailableText:
    'Le service ne répond pas pour le moment. Rien n’a changé pour vos cartes ni pour vos comptes. Réessayez dans une minute.',
  retryAction: 'Réessayer',
  code: 'Code',
};

export default messages;
