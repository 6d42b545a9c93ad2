import { type StoredEntry, unwrap } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client } from "../api/client";
import { useRefreshLibrary } from "../api/library";
import { batchesOf } from "./batches";
import { decoded, readImportFile } from "./import-file";
import type { ImportFile, ImportRow, RejectedRow } from "./import-row";

/** An import, as far as it has come. */
export interface Import {
  /** Names the import: a part that is sent again after a failure is not stored twice. */
  id: string;
  fileName: string;
  total: number;
  created: number;
  updated: number;
  rejected: RejectedRow[];
  notes: string[];
  /** What is still to be sent; the first one is the next. */
  waiting: ImportRow[][];
}

/** Reads a file and sends what is in it, part by part, as long as the page shows how it goes. */
export function useImport() {
  const [state, setState] = useState<Import | null>(null);
  const refresh = useRefreshLibrary();
  const isShown = useRef(false);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);

  const sending = useMutation({
    mutationFn: async (start: Import) => {
      let current = start;
      while (current.waiting.length > 0 && isShown.current) {
        current = await sendNext(current);
        setState(current);
      }
    },
    onSettled: refresh,
  });
  const reading = useMutation({
    mutationFn: async (file: File) => beginning(file.name, readImportFile(decoded(await file.arrayBuffer()))),
    onSuccess: (begun) => {
      setState(begun);
      sending.mutate(begun);
    },
    onError: () => setState(null),
  });

  return {
    state,
    read: reading.mutate,
    readError: reading.error,
    isSending: sending.isPending || reading.isPending,
    sendError: sending.error,
    /** Sends what is left after a failure. */
    goOn: () => state && sending.mutate(state),
  };
}

function beginning(fileName: string, file: ImportFile): Import {
  const { rows, rejected, notes } = file;
  const id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const total = rows.length + rejected.length;
  return { id, fileName, total, created: 0, updated: 0, rejected, notes, waiting: batchesOf(rows) };
}

async function sendNext(state: Import): Promise<Import> {
  const [batch = [], ...waiting] = state.waiting;
  const stored = await unwrap(
    client.POST("/api/evidence", {
      params: { header: { "Idempotency-Key": `import-${state.id}-${waiting.length}` } },
      body: { items: batch.map(({ entry }) => entry) },
    }),
  );
  if (!("results" in stored)) throw new Error("The service's answer to the import cannot be understood.");
  const rejected = stored.results.flatMap((result) => {
    const row = batch[result.index];
    return result.status === "rejected" && row ? [rejectedRow(row, result)] : [];
  });
  return {
    ...state,
    created: state.created + stored.created,
    updated: state.updated + stored.updated,
    rejected: [...state.rejected, ...rejected],
    waiting,
  };
}

function rejectedRow({ place, entry }: ImportRow, { error, errors }: StoredEntry): RejectedRow {
  const fields = errors.map(({ pointer, detail }) => `${pointer.replace(/^\/items\/\d+\/?/, "")} ${detail}`);
  const title = typeof entry.title === "string" ? entry.title : "";
  return { place, title, reason: fields.join("; ") || error || "was rejected" };
}
