import type { Evidence } from "@report-builder/jobs";

type UsedIn = NonNullable<Evidence["usedIn"]>[number];

/** The blocks of one document that cite an entry. */
export interface Uses {
  documentId: string;
  blockIds: string[];
}

/** Each document once, in the order of its first block. */
export function usesByDocument(usedIn: readonly UsedIn[]): Uses[] {
  const documents = new Map<string, string[]>();
  for (const { documentId, blockId } of usedIn) {
    documents.set(documentId, [...(documents.get(documentId) ?? []), blockId]);
  }
  return [...documents].map(([documentId, blockIds]) => ({ documentId, blockIds }));
}
