/** The load: cardholders who come one after the other, on several lanes at once, and between them do all that the flow has. */
import {
  addCard,
  callOff,
  confirmAtShop,
  createCardholder,
  decline,
  enrol,
  enrolAtSecondTry,
  lieAtShop,
  optOut,
  payOnPage,
  payTwice,
  payWithAnotherCard,
  persist,
  type Visit,
  type World,
} from './cardholder.ts';

/** Each is one cardholder's: of the bank, of the shop that adds cards, of the shop that has them registered by paying. */
const LIVES: readonly Readonly<Record<string, Visit>>[] = [
  { enrol, payOnPage, confirmAtShop, enrolAgain: enrol, callOff },
  { addCard, payWithSavedCard: payOnPage, lieAtShop, optOut },
  { registerByPaying: payOnPage, payWithAnotherCard, payTwice },
  { decline, enrol, enrolAtSecondTry },
];

/** One cardholder after the other until `over`, each through the whole of a life. Answers how many visits there were. */
export async function runLane(
  world: World,
  { first, over }: { readonly first: number; readonly over: (turn: number) => boolean },
): Promise<number> {
  let visits = 0;
  for (let turn = 0; !over(turn); turn++) {
    const cardholder = createCardholder(world.network);
    for (const [name, visit] of Object.entries(LIVES[(first + turn) % LIVES.length] ?? {})) {
      await persist(visit, { cardholder, name }, world);
      visits += 1;
      if (over(turn)) break;
    }
  }
  return visits;
}

export const LIFE_COUNT: number = LIVES.length;
