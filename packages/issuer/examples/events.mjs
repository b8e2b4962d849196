/** A bank that hears the network's events. docs/hear-what-happens.md shows this file, and a test runs it. */
import { eventRoute } from '@payment-passkeys/issuer/fastify';

/** `records` is what the bank keeps about its customers' passkeys. */
export async function hearEvents(app, { issuer, store, records, signal }) {
  const on = {
    'binding.suspended': ({ data, triggeredBy }) => records.noteBlocked(data.bindingId, triggeredBy),
    'binding.deleted': ({ data }) => records.noteDeleted(data.bindingId),
    'passkey.deleted': ({ data }) => records.notePasskeyDeleted(data.credentialId),
    'payment.approved': ({ id, data }) => records.notePayment(id, data),
    otherwise: ({ id, type }) => app.log.info({ id, type }, 'an event that nobody needs'),
  };
  await app.register(eventRoute({ issuer, path: '/payment-passkeys/events', store, on, onDelivery: log }));

  // What was missed while the bank could not be reached for more than three days.
  const reader = issuer.events.reader({ store, on });
  return reader.run({ everySeconds: 300, signal, onRead: warnOfGap, onError: (error) => app.log.error(error) });

  function log(report) {
    if (report.outcome === 'FAILED') app.log.error(report.error, 'an event comes again');
    if (report.outcome === 'REFUSED') app.log.warn({ because: report.because }, 'not an event of the network');
  }

  function warnOfGap({ beganAgainAt }) {
    if (beganAgainAt) app.log.error(beganAgainAt, 'events are lost: compare the records with bindings.search');
  }
}
