/** The element in React 19: properties, events, and no wrapper. */
import '@payment-passkeys/issuer/registration';
import type {
  AcceptedConsent,
  PaymentPasskeyRegistration,
  RegistrationAccount,
  RegistrationPlace,
} from '@payment-passkeys/issuer/registration';
import { type DetailedHTMLProps, type HTMLAttributes, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** React sets a property where the element has one, and listens to `accept` for `onaccept`. */
type RegistrationProps = DetailedHTMLProps<HTMLAttributes<PaymentPasskeyRegistration>, PaymentPasskeyRegistration> &
  Partial<
    Pick<
      PaymentPasskeyRegistration,
      'accounts' | 'bank' | 'catalogue' | 'chooseAccounts' | 'countries' | 'country' | 'language' | 'disabled'
    >
  > & {
    readonly onaccept?: (event: CustomEvent<AcceptedConsent>) => void;
    readonly ondecline?: (event: CustomEvent<undefined>) => void;
    readonly onchange?: (event: CustomEvent<RegistrationPlace>) => void;
  };

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'payment-passkey-registration': RegistrationProps;
    }
  }
}

const ACCOUNTS: readonly RegistrationAccount[] = [
  { kind: 'CARD', id: 'card-1', lastFour: '4444', product: 'Everyday' },
  { kind: 'CARD', id: 'card-2', lastFour: '5100', product: 'Travel' },
  { kind: 'MOBILE', id: 'mobile-1', masked: '••• 00' },
];

function Registration() {
  const [place, setPlace] = useState({ country: 'US', language: 'en' });
  const [accepted, setAccepted] = useState<AcceptedConsent>();
  const [declined, setDeclined] = useState(false);
  // A real bank POSTs `accepted` to its server here, and sends the browser to where that answers.
  if (accepted) return <output data-accepted>{JSON.stringify(accepted)}</output>;
  if (declined) return <output data-declined>Another time, then.</output>;
  return (
    <>
      <p data-place>{`${place.country} ${place.language}`}</p>
      <payment-passkey-registration
        bank="Example Bank"
        accounts={ACCOUNTS}
        chooseAccounts
        country={place.country}
        language={place.language}
        onaccept={({ detail }) => setAccepted(detail)}
        ondecline={() => setDeclined(true)}
        onchange={({ detail }) => setPlace({ country: detail.country, language: detail.language })}
      />
    </>
  );
}

const root = document.querySelector('#root');
if (root !== null) createRoot(root).render(<Registration />);
