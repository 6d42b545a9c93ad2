import { type StoredEntry, unwrap } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client } from "../../api/client";
import { useRefreshLibrary } from "../../api/library";
import { batchesOf } from "./batches";
import type { ImportFile, ImportRow, RejectedRow } from "./import-row";
import { decoded, readImportFile } from "./read-file";

export interface Import {
  /** Part of the `Idempotency-Key` of each batch, so that a batch that is retried after a failure is stored once. */
  id: string;
  fileName: string;
  total: number;
  created: number;
  updated: number;
  rejected: RejectedRow[];
  notes: string[];
  /** Batches that are not sent yet, in order. */
  waiting: ImportRow[][];
}

/** Reads a file and sends its entries batch by batch. Stops after the current batch when the component unmounts. */
export function useImport() {
  const [state, setState] = useState<Import | null>(null);
  const refresh = useRefreshLibrary();
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  const sending = useMutation({
    mutationFn: async (start: Import) => {
      let current = start;
      while (current.waiting.length > 0 && isMounted.current) {
        current = await sendNext(current);
        setState(current);
      }
    },
    onSettled: refresh,
  });
  const reading = useMutation({
    mutationFn: async (file: File) => initialImport(file.name, readImportFile(decoded(await file.arrayBuffer()))),
    onSuccess: (initial) => {
      setState(initial);
      sending.mutate(initial);
    },
    onError: () => setState(null),
  });

  return {
    state,
    read: reading.mutate,
    readError: reading.error,
    isSending: sending.isPending || reading.isPending,
    sendError: sending.error,
    /** Sends the remaining batches after a failure. */
    resume: () => state && sending.mutate(state),
  };
}

function initialImport(fileName: string, file: ImportFile): Import {
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

function rejectedRow({ position, entry }: ImportRow, { error, errors }: StoredEntry): RejectedRow {
  const fields = errors.map(({ pointer, detail }) => `${pointer.replace(/^\/items\/\d+\/?/, "")} ${detail}`);
  const title = typeof entry.title === "string" ? entry.title : "";
  return { position, title, reason: fields.join("; ") || error || "was rejected" };
}
