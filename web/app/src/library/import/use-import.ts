import { ApiError, type ImportedRow, type ImportReport, unwrap } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { client } from "../../api/client";
import { useRefreshLibrary } from "../../api/library";
import { browserTimeZone } from "../../components/time-zone";
import { decoded } from "./decode";
import { mediaTypeOf, type Part, partsOf } from "./parts";
import { peopleIn } from "./people";

/** What a file has. */
export type ImportKind = "evidence" | "goals" | "reviews";

/** A file that was read, and is not sent yet. */
export interface ImportFile {
  name: string;
  parts: Part[];
  /** See {@link peopleIn}. */
  people: string[] | null;
}

const NO_JSON =
  "The file is named .json but does not begin as JSON does, with [ or {. Export it again, or rename it to .csv if it is a table.";

/** A row of a file that was not imported. */
export interface RejectedRow {
  /** Such as “line 3” or “line 1, item 3”. */
  position: string;
  title: string;
  reason: string;
}

/** What became of a file, or would become of it. */
export interface Outcome {
  /** Whether the file was only checked, and nothing is stored. */
  isCheck: boolean;
  /** The person's name in the program that wrote the file. May be empty. */
  login: string;
  created: number;
  updated: number;
  kept: number;
  rejected: RejectedRow[];
  notes: string[];
  /** Parts that are not sent yet, in order. */
  waiting: Part[];
}

/**
 * Reads a file, checks it, and imports it part by part. Stops after the current part when the component unmounts.
 *
 * @param onImported called when the whole file is stored.
 */
export function useImport(kind: ImportKind, onImported?: (outcome: Outcome, file: ImportFile) => void) {
  const [file, setFile] = useState<ImportFile | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const refresh = useRefreshLibrary();
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);

  const sending = useMutation({
    mutationFn: async ({ start }: { file: ImportFile; start: Outcome }) => {
      let current = start;
      while (current.waiting.length > 0 && isMounted.current) {
        current = await sendNext(kind, current);
        setOutcome(current);
      }
      return current;
    },
    onSuccess: (end, { file }) => {
      if (!end.isCheck && end.waiting.length === 0) onImported?.(end, file);
    },
    // A file that the service refuses as a whole has no outcome.
    onError: (error, { file, start }) => {
      if (isRefusal(error) && start.waiting.length === file.parts.length) setOutcome(null);
    },
    onSettled: (_, __, { start }) => (start.isCheck ? undefined : refresh()),
  });

  function send(file: ImportFile, login: string, isCheck: boolean) {
    const start = startOf(file, login.trim(), isCheck);
    setOutcome(start);
    sending.mutate({ file, start });
  }

  const reading = useMutation({
    mutationFn: async (chosen: File): Promise<ImportFile> => {
      const text = decoded(new Uint8Array(await chosen.arrayBuffer()));
      if (/\.json$/i.test(chosen.name) && !/^\s*([[{]|$)/.test(text)) throw new Error(NO_JSON);
      return { name: chosen.name, parts: partsOf(text), people: peopleIn(text) };
    },
    onSuccess: (read) => {
      setFile(read);
      // Of the work of several people, the user has to say whose it is.
      if (read.people === null || read.people.length <= 1) send(read, read.people?.[0] ?? "", true);
    },
  });

  return {
    file,
    outcome,
    choose: (chosen: File) => {
      sending.reset();
      setFile(null);
      setOutcome(null);
      reading.mutate(chosen);
    },
    check: (login: string) => file && send(file, login, true),
    start: () => file && outcome && send(file, outcome.login, false),
    readError: reading.error,
    isSending: sending.isPending || reading.isPending,
    sendError: sending.error,
    /** Sends the remaining parts after a failure. Sending a row again is safe. */
    resume: () => file && outcome && sending.mutate({ file, start: outcome }),
  };
}

export type Importing = ReturnType<typeof useImport>;

function isRefusal(error: Error): boolean {
  return error instanceof ApiError && [400, 413, 415].includes(error.status);
}

function startOf({ parts }: ImportFile, login: string, isCheck: boolean): Outcome {
  return { isCheck, login, created: 0, updated: 0, kept: 0, rejected: [], notes: [], waiting: parts };
}

const PATHS = {
  evidence: "/api/evidence/import",
  goals: "/api/goals/import",
  reviews: "/api/reviews/import",
} as const satisfies Record<ImportKind, string>;

async function sendNext(kind: ImportKind, state: Outcome): Promise<Outcome> {
  const [part, ...waiting] = state.waiting;
  if (!part) return state;
  const { login, isCheck } = state;
  const report = await unwrap(
    client.POST(PATHS[kind], {
      params: {
        query: {
          source: "auto",
          timeZone: browserTimeZone(),
          ...(login && { login }),
          ...(isCheck && { dryRun: true }),
        },
      },
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

/** Files of GitHub, Jira and Linear have many columns that no review needs. In other files one may be misspelt. */
function notesOf({ source, ignoredColumns, notes }: ImportReport): string[] {
  const isOwn = source === "fields" && ignoredColumns.length > 0;
  return isOwn ? [`Columns that are not imported: ${ignoredColumns.join(", ")}`, ...notes] : notes;
}
