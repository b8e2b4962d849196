/** STAND-IN for what a bank already has: its sign-in and its customers' records. Replace both functions with your own. */

/** Your bank reads its session. Here everybody is signed in as the same customer, since this moment. */
export function findSignedIn() {
  return { customerId: 'customer-1', signedInAt: new Date() };
}

/** Your bank reads its records. This is a published test number. */
export function findCards(_customerId) {
  const panExpirationYear = String(new Date().getUTCFullYear() + 4);
  return [{ primaryAccountNumber: '5454545454545454', panExpirationMonth: '12', panExpirationYear }];
}
