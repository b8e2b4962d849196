import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: 'Un momento…',
  requestedBy: 'Solicitado por',
  createHeading: 'Crea una llave de acceso para tus pagos',
  createText:
    'Con una llave de acceso apruebas tus pagos en línea con tu huella, tu rostro o el bloqueo de pantalla. Sin contraseñas que recordar ni códigos que escribir.',
  useHeading: 'Usa tu llave de acceso',
  useText: 'Este dispositivo ya tiene tu llave de acceso para pagos. Úsala una vez para confirmar que eres tú.',
  paymentTo: 'Pago a',
  payHeading: 'Aprueba tu pago',
  payText: 'Comprueba el comercio y el importe, y apruébalo con tu llave de acceso.',
  amount: 'Importe',
  order: 'Pedido {number}',
  payingWith: 'Pagas con',
  payAction: 'Pagar con llave de acceso',
  confirmAction: 'Confirmar mejor con tu banco',
  approvedHeading: 'Pago aprobado',
  verifyHeading: 'Confirma que esta tarjeta es tuya',
  verifyText:
    '{clientName} confirmará que eres tú. Después crearás aquí una llave de acceso para pagar con tu huella, tu rostro o el bloqueo de pantalla.',
  agreement: 'Al continuar, aceptas los {terms} de {network} y confirmas que has leído su {privacy}.',
  terms: 'términos de uso',
  privacyNotice: 'aviso de privacidad',
  help: 'Ayuda',
  agreeAction: 'Aceptar y continuar',
  leavingHeading: 'Te llevamos a {clientName}',
  accounts: 'Funcionará con',
  cardEnding: 'Tarjeta terminada en {digits}',
  email: 'Correo electrónico',
  mobile: 'Móvil',
  moreAccounts: '{count} más',
  privacy: 'Tu huella o tu rostro nunca salen de este dispositivo.',
  createAction: 'Crear llave de acceso',
  createAnotherAction: 'Crear una llave de acceso nueva',
  useAction: 'Usar llave de acceso',
  useAnotherAction: 'Usar una llave de acceso que ya tengo',
  declineAction: 'Ahora no',
  workingHeading: 'Sigue los pasos en tu dispositivo',
  workingText: 'Te pedirá tu huella, tu rostro o el bloqueo de pantalla. Mantén abierta esta página.',
  savingHeading: 'Ya casi está',
  savingText: 'Estamos terminando. Solo será un momento.',
  enrolledHeading: 'Tu llave de acceso está lista',
  returningHeading: 'Te llevamos de vuelta',
  returningToHeading: 'Te llevamos de vuelta a {clientName}',
  returningText: 'Si no ocurre nada, continúa con el botón de abajo.',
  continueAction: 'Continuar',
  continueToAction: 'Continuar a {clientName}',
  unsupportedHeading: 'Este navegador no admite llaves de acceso',
  unsupportedText:
    'Actualiza este navegador o usa otro, como el que venía con tu dispositivo. Después, empieza de nuevo desde {clientName}.',
  noLockHeading: 'Configura primero un bloqueo de pantalla',
  noLockText:
    'Una llave de acceso se protege con tu huella, tu rostro o un PIN, y este dispositivo no parece tener ninguno configurado. Actívalo en los ajustes del dispositivo o empieza de nuevo desde {clientName} en tu teléfono.',
  goBackAction: 'Volver',
  framedHeading: 'Esta página solo se abre por sí sola',
  framedText:
    'Por tu seguridad, no funciona dentro de otro sitio web. Vuelve al sitio web o a la aplicación desde donde llegaste y empieza de nuevo desde allí.',
  stoppedHeading: 'No hemos podido continuar',
  incompleteText:
    'El enlace que te trajo aquí está incompleto. Vuelve al sitio web o a la aplicación desde donde llegaste y empieza de nuevo.',
  expiredText:
    'El enlace que te trajo aquí ha caducado o ya se ha usado. Vuelve al sitio web o a la aplicación desde donde llegaste y empieza de nuevo.',
  failedText:
    'Algo ha salido mal, pero no ha cambiado nada en tus tarjetas ni en tus cuentas. Vuelve al sitio web o a la aplicación desde donde llegaste y empieza de nuevo.',
  unavailableHeading: 'No disponible en este momento',
  unavailableText:
    'No podemos conectar con el servicio. No ha cambiado nada en tus tarjetas ni en tus cuentas. Inténtalo de nuevo en un minuto.',
  retryAction: 'Intentar de nuevo',
  code: 'Código',
};

export default messages;
