import type { Messages } from './messages.ts';

const messages: Messages = {
  loading: 'One moment…',
  requestedBy: 'Requested by',
  createHeading: 'Create a passkey for your payments',
  createText:
    'A passkey lets you approve online payments with your fingerprint, face or screen lock. No passwords, no codes.',
  useHeading: 'Use your passkey',
  useText: 'This device already has your payment passkey. Use it once to confirm that it’s you.',
  paymentTo: 'Payment to',
  payHeading: 'Approve your payment',
  payText: 'Check the merchant and the amount, then approve with your passkey.',
  amount: 'Amount',
  order: 'Order {number}',
  payingWith: 'Paying with',
  payAction: 'Pay with passkey',
  confirmAction: 'Confirm with your bank instead',
  approvedHeading: 'Payment approved',
  verifyHeading: 'Confirm this card is yours',
  verifyText:
    '{clientName} will confirm that it’s you. After that you set up a passkey here, and pay with your fingerprint, face or screen lock from then on.',
  agreement: 'By continuing, you agree to the {terms} of {network} and confirm that you have read its {privacy}.',
  terms: 'Terms of Use',
  privacyNotice: 'Privacy Notice',
  help: 'Help',
  agreeAction: 'Agree and continue',
  leavingHeading: 'Taking you to {clientName}',
  accounts: 'It will work for',
  cardEnding: 'Card ending in {digits}',
  email: 'Email',
  mobile: 'Mobile',
  moreAccounts: '{count} more',
  privacy: 'Your fingerprint or face never leaves this device.',
  createAction: 'Create passkey',
  createAnotherAction: 'Create a new passkey',
  useAction: 'Use passkey',
  useAnotherAction: 'Use a passkey I already have',
  declineAction: 'Not now',
  workingHeading: 'Follow the steps on your device',
  workingText: 'It will ask for your fingerprint, face or screen lock. Please keep this page open.',
  savingHeading: 'Almost done',
  savingText: 'We are finishing up. This takes only a moment.',
  enrolledHeading: 'Your passkey is ready',
  returningHeading: 'Taking you back',
  returningToHeading: 'Taking you back to {clientName}',
  returningText: 'If nothing happens, continue with the button below.',
  continueAction: 'Continue',
  continueToAction: 'Continue to {clientName}',
  unsupportedHeading: 'This browser can’t use passkeys',
  unsupportedText:
    'Update this browser, or use another one, such as the one that came with your device. Then start again from {clientName}.',
  noLockHeading: 'Set up a screen lock first',
  noLockText:
    'A passkey is protected by your fingerprint, your face or a PIN, and this device doesn’t seem to have one set up. Turn it on in the device’s settings, or start again from {clientName} on your phone.',
  goBackAction: 'Go back',
  framedHeading: 'This page opens only on its own',
  framedText:
    'To keep you safe, it doesn’t work inside another website. Please go back to the website or app you came from and start again from there.',
  stoppedHeading: 'We couldn’t continue',
  incompleteText:
    'The link that brought you here is incomplete. Please go back to the website or app you came from and start again.',
  expiredText:
    'The link that brought you here has expired or was already used. Please go back to the website or app you came from and start again.',
  failedText:
    'Something went wrong, and nothing about your cards or accounts has changed. Please go back to the website or app you came from and start again.',
  unavailableHeading: 'Not available right now',
  unavailableText:
    'We can’t reach the service at the moment. Nothing about your cards or accounts has changed. Please try again in a minute.',
  retryAction: 'Try again',
  code: 'Code',
};

export default messages;
