import { useLocalStorage } from "@mantine/hooks";

const KEY = "report-builder.decided-drafts";
/** The oldest ids are dropped. Far fewer jobs than this wait for a decision. */
const MAX_IDS = 200;

/** The jobs whose text or message the user has decided about, by id, in the local storage. */
export function useDismissed() {
  const [ids, setIds] = useLocalStorage<string[]>({ key: KEY, defaultValue: [], getInitialValueInEffect: false });
  return {
    isDismissed: (jobId: string) => ids.includes(jobId),
    dismiss: (jobId: string) => setIds((known) => [jobId, ...known].slice(0, MAX_IDS)),
  };
}
