import { useLocalStorage } from "@mantine/hooks";

/** Whether the user wants to see marks on sentences and numbers without a source. The same for all texts. */
export function useMarksShown() {
  return useLocalStorage<boolean>({
    key: "report-builder.truth-marks",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
}
