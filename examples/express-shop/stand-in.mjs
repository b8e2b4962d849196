/** STAND-IN for what a shop already has: its sign-in and its orders. Replace all of it with your own. */
import { randomUUID } from 'node:crypto';

/** Your shop reads its session, or a guest's. Here everybody is the same shopper. */
export function findShopper() {
  return 'shopper-1';
}

/** By shopper: the order that is being paid. Your shop has its orders in its database. */
const orders = new Map();

/** The shopper's unpaid order; a new one if there is none. */
export function findOrder(shopperId) {
  const order = orders.get(shopperId) ?? { orderId: randomUUID(), amount: '18.00', currency: 'USD', paid: false };
  orders.set(shopperId, order);
  return order;
}

/** May be called twice for the same order. */
export function markPaid({ shopperId, orderId }) {
  if (orders.get(shopperId)?.orderId === orderId) orders.delete(shopperId);
}
