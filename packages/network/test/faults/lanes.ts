/** The load: several lanes, each with one cardholder after the other. Together they use every part of the flow. */
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

/** Each script is the list of visits of one cardholder at the bank and at shops. */
const SCRIPTS: readonly Readonly<Record<string, Visit>>[] = [
  { enrol, payOnPage, confirmAtShop, enrolAgain: enrol, callOff },
  { addCard, payWithSavedCard: payOnPage, lieAtShop, optOut },
  { registerByPaying: payOnPage, payWithAnotherCard, payTwice },
  { decline, enrol, enrolAtSecondTry },
];

/** Runs one cardholder's visits after the other's, until `over`. Returns the number of visits. */
export async function runLane(
  world: World,
  { first, over }: { readonly first: number; readonly over: (turn: number) => boolean },
): Promise<number> {
  let visits = 0;
  for (let turn = 0; !over(turn); turn++) {
    const cardholder = createCardholder(world.network);
    for (const [name, visit] of Object.entries(SCRIPTS[(first + turn) % SCRIPTS.length] ?? {})) {
      await persist(visit, { cardholder, name }, world);
      visits += 1;
      if (over(turn)) break;
    }
  }
  return visits;
}

export const SCRIPT_COUNT: number = SCRIPTS.length;
