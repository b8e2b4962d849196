import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: 'Einen Moment…',
  requestedBy: 'Angefragt von',
  createHeading: 'Passkey für Ihre Zahlungen erstellen',
  createText:
    'Mit einem Passkey geben Sie Online-Zahlungen per Fingerabdruck, Gesicht oder Displaysperre frei. Sie müssen sich kein Passwort merken und keinen Code eingeben.',
  useHeading: 'Ihren Passkey verwenden',
  useText:
    'Auf diesem Gerät gibt es bereits Ihren Passkey für Zahlungen. Verwenden Sie ihn einmal, um Ihre Identität zu bestätigen.',
  paymentTo: 'Zahlung an',
  payHeading: 'Zahlung freigeben',
  payText: 'Prüfen Sie Händler und Betrag und geben Sie die Zahlung dann mit Ihrem Passkey frei.',
  amount: 'Betrag',
  order: 'Bestellung {number}',
  payingWith: 'Bezahlt wird mit',
  payAction: 'Mit Passkey bezahlen',
  confirmAction: 'Stattdessen bei Ihrer Bank bestätigen',
  approvedHeading: 'Zahlung freigegeben',
  verifyHeading: 'Bestätigen, dass es Ihre Karte ist',
  verifyText:
    '{clientName} bestätigt, dass Sie es sind. Danach richten Sie hier einen Passkey ein und bezahlen künftig mit Fingerabdruck, Gesicht oder Displaysperre.',
  agreement:
    'Wenn Sie fortfahren, stimmen Sie den {terms} von {network} zu und bestätigen, dass Sie den {privacy} gelesen haben.',
  terms: 'Nutzungsbedingungen',
  privacyNotice: 'Datenschutzhinweis',
  help: 'Hilfe',
  agreeAction: 'Zustimmen und weiter',
  leavingHeading: 'Sie werden zu {clientName} weitergeleitet',
  accounts: 'Er gilt für',
  cardEnding: 'Karte mit den Endziffern {digits}',
  email: 'E-Mail-Adresse',
  mobile: 'Mobilnummer',
  moreAccounts: '{count} weitere',
  privacy: 'Ihr Fingerabdruck oder Gesicht verlässt dieses Gerät nie.',
  createAction: 'Passkey erstellen',
  createAnotherAction: 'Neuen Passkey erstellen',
  useAction: 'Passkey verwenden',
  useAnotherAction: 'Vorhandenen Passkey verwenden',
  declineAction: 'Nicht jetzt',
  workingHeading: 'Folgen Sie den Schritten auf Ihrem Gerät',
  workingText:
    'Es fragt nach Ihrem Fingerabdruck, Ihrem Gesicht oder der Displaysperre. Bitte lassen Sie diese Seite geöffnet.',
  savingHeading: 'Fast fertig',
  savingText: 'Wir schließen den Vorgang ab. Das dauert nur einen Moment.',
  enrolledHeading: 'Ihr Passkey ist bereit',
  returningHeading: 'Sie werden zurückgeleitet',
  returningToHeading: 'Zurück zu {clientName}',
  returningText: 'Falls nichts geschieht, fahren Sie mit der Schaltfläche unten fort.',
  continueAction: 'Weiter',
  continueToAction: 'Weiter zu {clientName}',
  unsupportedHeading: 'Dieser Browser unterstützt keine Passkeys',
  unsupportedText:
    'Aktualisieren Sie diesen Browser oder verwenden Sie einen anderen, etwa den auf Ihrem Gerät vorinstallierten. Beginnen Sie dann bei {clientName} von vorn.',
  noLockHeading: 'Richten Sie zuerst eine Displaysperre ein',
  noLockText:
    'Ein Passkey wird durch Fingerabdruck, Gesicht oder PIN geschützt, und auf diesem Gerät scheint nichts davon eingerichtet zu sein. Schalten Sie es in den Einstellungen des Geräts ein oder beginnen Sie bei {clientName} auf Ihrem Smartphone von vorn.',
  goBackAction: 'Zurück',
  framedHeading: 'Diese Seite öffnet sich nur für sich allein',
  framedText:
    'Zu Ihrer Sicherheit funktioniert sie nicht innerhalb einer anderen Website. Bitte kehren Sie zu der Website oder App zurück, von der Sie kamen, und beginnen Sie dort von vorn.',
  stoppedHeading: 'Es geht hier nicht weiter',
  incompleteText:
    'Der Link, der Sie hierher geführt hat, ist unvollständig. Bitte kehren Sie zu der Website oder App zurück, von der Sie kamen, und beginnen Sie von vorn.',
  expiredText:
    'Der Link, der Sie hierher geführt hat, ist abgelaufen oder wurde bereits verwendet. Bitte kehren Sie zu der Website oder App zurück, von der Sie kamen, und beginnen Sie von vorn.',
  failedText:
    'Etwas ist schiefgegangen. An Ihren Karten und Konten hat sich nichts geändert. Bitte kehren Sie zu der Website oder App zurück, von der Sie kamen, und beginnen Sie von vorn.',
  unavailableHeading: 'Zurzeit nicht verfügbar',
  unavailableText:
    'Wir erreichen den Dienst gerade nicht. An Ihren Karten und Konten hat sich nichts geändert. Bitte versuchen Sie es in einer Minute erneut.',
  retryAction: 'Erneut versuchen',
  code: 'Code',
};

export default messages;
