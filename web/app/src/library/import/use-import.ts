import { ApiError, type ImportedRow, type ImportReport, unwrap } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client } from "../../api/client";
import { useRefreshLibrary } from "../../api/library";
import { browserTimeZone } from "../../components/time-zone";
import { decoded } from "./decode";
import { mediaTypeOf, type Part, partsOf } from "./parts";

/** A row of a file that was not imported. */
export interface RejectedRow {
  /** Such as “line 3” or “line 1, item 3”. */
  position: string;
  title: string;
  reason: string;
}

export interface Import {
  fileName: string;
  /** The user's name in the program that wrote the file. May be empty. */
  login: string;
  parts: number;
  created: number;
  updated: number;
  kept: number;
  rejected: RejectedRow[];
  notes: string[];
  /** Parts that are not sent yet, in order. */
  waiting: Part[];
}

/** Sends a file part by part. Stops after the current part when the component unmounts. */
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
    // A file that the service refuses as a whole has no outcome.
    onError: (error) =>
      isRefusal(error) && setState((before) => (before?.waiting.length === before?.parts ? null : before)),
    onSettled: refresh,
  });
  const reading = useMutation({
    mutationFn: async ({ file, login }: { file: File; login: string }) =>
      initialImport(file.name, login, partsOf(decoded(new Uint8Array(await file.arrayBuffer())))),
    onSuccess: (initial) => {
      setState(initial);
      sending.mutate(initial);
    },
    onError: () => setState(null),
  });

  return {
    state,
    read: (file: File, login: string) => {
      sending.reset();
      reading.mutate({ file, login });
    },
    readError: reading.error,
    isSending: sending.isPending || reading.isPending,
    sendError: sending.error,
    /** Sends the remaining parts after a failure. Importing a row again is safe. */
    resume: () => state && sending.mutate(state),
  };
}

function isRefusal(error: Error): boolean {
  return error instanceof ApiError && [400, 413, 415].includes(error.status);
}

function initialImport(fileName: string, login: string, waiting: Part[]): Import {
  return { fileName, login, parts: waiting.length, created: 0, updated: 0, kept: 0, rejected: [], notes: [], waiting };
}

async function sendNext(state: Import): Promise<Import> {
  const [part, ...waiting] = state.waiting;
  if (!part) return state;
  const login = state.login.trim();
  const report = await unwrap(
    client.POST("/api/evidence/import", {
      params: { query: { source: "auto", timeZone: browserTimeZone(), ...(login && { login }) } },
      headers: { "content-type": mediaTypeOf(part) },
      body: part.text,
      bodySerializer: (text) => text,
    }),
  );
  const rejected = report.rows.filter(({ status }) => status === "rejected").map((row) => rejectedRow(row, part));
  return {
    ...state,
    created: state.created + report.created,
    updated: state.updated + report.updated,
    kept: state.kept + report.kept,
    rejected: [...state.rejected, ...rejected],
    notes: [...new Set([...state.notes, ...notesOf(report)])],
    waiting,
  };
}

function rejectedRow({ line, item, title, error }: ImportedRow, { itemsBefore }: Part): RejectedRow {
  const position = item === null ? `line ${line}` : `line ${line}, item ${item + itemsBefore}`;
  return { position, title, reason: error ?? "was rejected" };
}

function notesOf({ ignoredColumns, notes }: ImportReport): string[] {
  const ignored = ignoredColumns.length > 0 ? [`Columns that are not imported: ${ignoredColumns.join(", ")}`] : [];
  return [...ignored, ...notes];
}
